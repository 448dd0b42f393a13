"""The customers' pages: whose they are, in which mode, and how often a page may be sent."""

from __future__ import annotations

from monetize import env
from monetize.settings.parts.gateways import STRIPE_LIVE_MODE

# The code of the brand whose pages a visitor sees before signing in; empty means the oldest brand.
PORTAL_BRAND = env.text("PORTAL_BRAND", "")
# Test customers can only pay with the keys of test mode, and live ones only with live keys.
PORTAL_LIVEMODE = STRIPE_LIVE_MODE

# Where the pages of staff begin, which speak English: see monetize/urls.py.
STAFF_PATHS = ("/staff/", "/admin/")

# Times per window that one address may send each of these pages; counted exactly.
PAGE_RATES = {
    "sign_up": "20/h",
    "sign_in": "30/5m",
    "pay": "30/10m",
    "invitation": "30/h",
    "tax_id": "10/h",
}
