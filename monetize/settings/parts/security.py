"""Secrets, cookies, headers and the content security policy."""

from __future__ import annotations

from csp.constants import NONE, SELF

from monetize import env

SECRET_KEY = env.text("SECRET_KEY")
# Base64 of 32 bytes; provider secrets in the database are encrypted with it.
FIELD_ENCRYPTION_KEY = env.text("FIELD_ENCRYPTION_KEY")
# Who may read /metrics from another machine; empty means this machine only.
METRICS_TOKEN = env.text("METRICS_TOKEN", "")
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", ("127.0.0.1", "localhost"))

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 14 * 24 * 3600
CSRF_COOKIE_SAMESITE = "Lax"
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024

# Strict everywhere; the page with the card field adds the gateway's origin by `allow_card_element`.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "frame-src": [NONE],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    },
}
