"""The parts of Razorpay's interface that Monetize uses, under /razorpay/v1/."""
