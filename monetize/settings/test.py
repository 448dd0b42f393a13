"""The test suite, and the servers that it starts: quick hashes, mail in memory, bells that nobody hears."""

from __future__ import annotations

import os

for _name, _value in {
    "SECRET_KEY": "for-tests-only",
    "FIELD_ENCRYPTION_KEY": "Zm9yLXRlc3RzLW9ubHktbmV2ZXItYS1zZWNyZXQhISE=",
    "STRIPE_SECRET_KEY": "sk_test_testsTestsTestsTests0000",
    "STRIPE_PUBLISHABLE_KEY": "pk_test_testsTestsTestsTests0000",
    "STRIPE_WEBHOOK_SECRET": "whsec_tests",
    "STRIPE_API_HOST": "http://127.0.0.1:8421",
    "STRIPE_JS_URL": "http://127.0.0.1:8421/js.stripe.com/v3/",
    "EMAIL_URL": "memory:",
    "VIES_URL": "none",
    "LOG_FORMAT": "console",
    "DATABASE_URL": "postgresql://monetize@127.0.0.1:1/unset",
}.items():
    os.environ.setdefault(_name, _value)

from monetize import env  # noqa: E402
from monetize.settings.base import *  # noqa: E402

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True
# What one test has counted must not limit the next.
CACHES["default"] = {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}
# Otherwise it warns about the folder that collectstatic has not made.
WHITENOISE_AUTOREFRESH = True
# A test says itself who works when; only processes that the `processes` fixture starts have real workers.
if not env.flag("TEST_REAL_BROKER", default=False):
    CELERY_BROKER_URL = "memory://"
SILENCED_SYSTEM_CHECKS += ["djstripe.W002"]
