"""One developer's machine: fixed keys, readable logs, the server of `python -m devserver.postgres`."""

from __future__ import annotations

import os
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[2]
_URL = _ROOT / ".data" / "dev" / "url"

for _name, _value in {
    "DATABASE_URL": _URL.read_text().strip()
    if _URL.exists()
    else "postgresql://monetize@127.0.0.1:5432/monetize",
    "SECRET_KEY": "for-development-only",
    "FIELD_ENCRYPTION_KEY": "Zm9yLWRldmVsb3BtZW50LW9ubHktbm90LXNlY3JldCE=",
    "STRIPE_SECRET_KEY": "sk_test_developmentDevelopment00",
    "STRIPE_PUBLISHABLE_KEY": "pk_test_developmentDevelopment00",
    "STRIPE_WEBHOOK_SECRET": "whsec_development",
    "STRIPE_API_HOST": "http://127.0.0.1:8421",
    "STRIPE_JS_URL": "http://127.0.0.1:8421/js.stripe.com/v3/",
    "LOG_FORMAT": "console",
    "VIES_URL": "none",
    "STAFF_MFA_REQUIRED": "no",
}.items():
    os.environ.setdefault(_name, _value)

from monetize.settings.base import *  # noqa: E402

DEBUG = True
SILENCED_SYSTEM_CHECKS += ["djstripe.W002"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True
