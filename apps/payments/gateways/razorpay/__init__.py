"""Razorpay through its official SDK: orders, tokens of cards and UPI mandates, recurring payments."""
