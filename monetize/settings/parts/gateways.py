"""Stripe, or the sandbox that stands in for it, and dj-stripe, which mirrors it."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from monetize import env

STRIPE_SECRET_KEY = env.text("STRIPE_SECRET_KEY")
STRIPE_PUBLISHABLE_KEY = env.text("STRIPE_PUBLISHABLE_KEY")
STRIPE_WEBHOOK_SECRET = env.text("STRIPE_WEBHOOK_SECRET")
# Where the sandbox listens; empty means Stripe itself.
STRIPE_API_HOST = env.web_address("STRIPE_API_HOST", "")
STRIPE_JS_URL = env.text("STRIPE_JS_URL", "https://js.stripe.com/v3/")

_KEY = re.compile(r"(sk|rk|pk)_(test|live)_[A-Za-z0-9]{24,}")
for _name, _value in (
    ("STRIPE_SECRET_KEY", STRIPE_SECRET_KEY),
    ("STRIPE_PUBLISHABLE_KEY", STRIPE_PUBLISHABLE_KEY),
):
    if not _KEY.fullmatch(_value):
        raise ImproperlyConfigured(f"{_name} is not shaped like one of Stripe's keys.")

STRIPE_LIVE_MODE = "_live_" in STRIPE_SECRET_KEY
if ("_live_" in STRIPE_PUBLISHABLE_KEY) != STRIPE_LIVE_MODE:
    raise ImproperlyConfigured("STRIPE_SECRET_KEY and STRIPE_PUBLISHABLE_KEY are of different modes.")
if STRIPE_LIVE_MODE and STRIPE_API_HOST:
    raise ImproperlyConfigured("A live Stripe key must not meet STRIPE_API_HOST: unset one of them.")

# Where stripe-python's own client sends requests; always set, unlike the name above.
STRIPE_API_BASE = STRIPE_API_HOST or "https://api.stripe.com"

_js = urlsplit(STRIPE_JS_URL)
STRIPE_JS_ORIGIN = f"{_js.scheme}://{_js.netloc}"
# What the page with the card field allows beyond the site's policy.
CARD_ELEMENT_POLICY = {
    "script-src": [STRIPE_JS_ORIGIN],
    "frame-src": [STRIPE_JS_ORIGIN, *([] if STRIPE_API_HOST else ["https://hooks.stripe.com"])],
    "connect-src": [STRIPE_API_BASE],
}

# dj-stripe reads these names, and STRIPE_API_HOST above; stripe-python would choose a later API version.
STRIPE_API_VERSION = "2026-05-27.dahlia"
STRIPE_PUBLIC_KEY = STRIPE_PUBLISHABLE_KEY
STRIPE_LIVE_SECRET_KEY = STRIPE_SECRET_KEY if STRIPE_LIVE_MODE else ""
STRIPE_TEST_SECRET_KEY = "" if STRIPE_LIVE_MODE else STRIPE_SECRET_KEY
DJSTRIPE_SUBSCRIBER_MODEL = "customers.Customer"
DJSTRIPE_FOREIGN_KEY_TO_FIELD = "id"
DJSTRIPE_WEBHOOK_VALIDATION = "verify_signature"
if not STRIPE_API_HOST:
    # dj-stripe copies the setting into stripe.api_base whenever it exists, even when it is empty.
    del STRIPE_API_HOST

# Razorpay is offered when its key is set. The host is the sandbox's; empty means Razorpay itself.
RAZORPAY_KEY_ID = env.text("RAZORPAY_KEY_ID", "")
RAZORPAY_KEY_SECRET = env.text("RAZORPAY_KEY_SECRET", "")
RAZORPAY_WEBHOOK_SECRET = env.text("RAZORPAY_WEBHOOK_SECRET", "")
_razorpay_host = env.web_address("RAZORPAY_API_HOST", "")
RAZORPAY_CHECKOUT_URL = env.text("RAZORPAY_CHECKOUT_URL", "https://checkout.razorpay.com/v1/checkout.js")
RAZORPAY_LIVE_MODE = RAZORPAY_KEY_ID.startswith("rzp_live_")
if RAZORPAY_KEY_ID and not re.fullmatch(r"rzp_(test|live)_[A-Za-z0-9]{14,}", RAZORPAY_KEY_ID):
    raise ImproperlyConfigured("RAZORPAY_KEY_ID is not shaped like one of Razorpay's keys.")
if RAZORPAY_KEY_ID and not RAZORPAY_KEY_SECRET:
    raise ImproperlyConfigured("RAZORPAY_KEY_ID needs RAZORPAY_KEY_SECRET.")
if RAZORPAY_LIVE_MODE and _razorpay_host:
    raise ImproperlyConfigured("A live Razorpay key must not meet RAZORPAY_API_HOST: unset one of them.")
if RAZORPAY_KEY_ID and RAZORPAY_LIVE_MODE != STRIPE_LIVE_MODE:
    raise ImproperlyConfigured("RAZORPAY_KEY_ID and STRIPE_SECRET_KEY are of different modes.")
RAZORPAY_API_BASE = _razorpay_host or "https://api.razorpay.com"
_checkout = urlsplit(RAZORPAY_CHECKOUT_URL)
_checkout_origin = f"{_checkout.scheme}://{_checkout.netloc}"
# What the page that opens Razorpay's window allows beyond the site's policy.
RAZORPAY_PAGE_POLICY = {
    "script-src": [_checkout_origin],
    "frame-src": [_checkout_origin, *([] if _razorpay_host else ["https://api.razorpay.com"])],
    "connect-src": [
        _checkout_origin,
        *([] if _razorpay_host else ["https://api.razorpay.com", "https://lumberjack.razorpay.com"]),
    ],
}

# PayPal is offered when its client id is set. Its credentials do not tell their mode, so a setting does.
PAYPAL_CLIENT_ID = env.text("PAYPAL_CLIENT_ID", "")
PAYPAL_CLIENT_SECRET = env.text("PAYPAL_CLIENT_SECRET", "")
# The id of the webhook, which PayPal signs in place of a secret; connect_gateway keeps those it makes.
PAYPAL_WEBHOOK_ID = env.text("PAYPAL_WEBHOOK_ID", "")
PAYPAL_LIVE_MODE = env.choice("PAYPAL_ENVIRONMENT", "sandbox", ("sandbox", "live")) == "live"
# Where the sandbox listens; empty means PayPal itself. Its certificates come from there too.
PAYPAL_API_HOST = env.web_address("PAYPAL_API_HOST", "")
if PAYPAL_CLIENT_ID and not PAYPAL_CLIENT_SECRET:
    raise ImproperlyConfigured("PAYPAL_CLIENT_ID needs PAYPAL_CLIENT_SECRET.")
if PAYPAL_LIVE_MODE and PAYPAL_API_HOST:
    raise ImproperlyConfigured("PAYPAL_ENVIRONMENT=live must not meet PAYPAL_API_HOST: unset one of them.")
if PAYPAL_API_HOST and urlsplit(PAYPAL_API_HOST).hostname not in {"127.0.0.1", "::1", "localhost"}:
    raise ImproperlyConfigured("PAYPAL_API_HOST must be on this machine: it also vouches for signatures.")
if PAYPAL_CLIENT_ID and PAYPAL_LIVE_MODE != STRIPE_LIVE_MODE:
    raise ImproperlyConfigured("PAYPAL_ENVIRONMENT and STRIPE_SECRET_KEY are of different modes.")
_paypal_environment = "" if PAYPAL_LIVE_MODE else "sandbox."
PAYPAL_API_BASE = PAYPAL_API_HOST or f"https://api-m.{_paypal_environment}paypal.com"

# Which gateways are offered, and in which order, by country (two letters) or currency (three), `*` otherwise:
# `INR:razorpay+stripe,*:stripe+paypal`. Those without keys are left out.
PAYMENT_ROUTES = {}
for _route in env.words("PAYMENT_ROUTES", ("INR:razorpay+stripe+paypal", "*:stripe+paypal+razorpay")):
    _place, _, _names = _route.partition(":")
    _known = {"stripe", "paypal", "razorpay"}
    if not re.fullmatch(r"[A-Z]{2,3}|\*", _place) or not set(_names.split("+")) <= _known:
        raise ImproperlyConfigured(f"PAYMENT_ROUTES must look like INR:razorpay+stripe,*:stripe: {_route!r}.")
    PAYMENT_ROUTES[_place] = tuple(_names.split("+"))
