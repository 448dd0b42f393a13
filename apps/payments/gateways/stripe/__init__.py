"""Stripe through stripe-python."""
