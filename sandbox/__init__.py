"""A stand-in for the payment gateways: a separate development program that no app imports."""
