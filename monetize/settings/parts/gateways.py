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
