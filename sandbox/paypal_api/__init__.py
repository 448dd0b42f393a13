"""The parts of PayPal's REST interface that Monetize uses, under /paypal."""
