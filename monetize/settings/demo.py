"""`make demo`: as in production, but on loopback without TLS, and with the sandbox as the gateway.

DEBUG stays off: with it dj-stripe lets a caller choose the webhook secret.
"""

from __future__ import annotations

from monetize.settings.base import *

STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
STATIC_ROOT = DATA_DIR / "demo" / "static"
# The sandbox is the gateway here, which is just what this check warns about.
SILENCED_SYSTEM_CHECKS += ["djstripe.W002"]
# The demo's mails are files that nobody reads: a new visitor goes on without the confirmation.
ACCOUNT_EMAIL_VERIFICATION = "optional"
