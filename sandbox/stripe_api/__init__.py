"""The parts of Stripe's interface that Monetize and dj-stripe use, as of API version 2026-05-27.dahlia."""
