"""PayPal through its official SDK, and plain REST where the SDK has nothing."""
