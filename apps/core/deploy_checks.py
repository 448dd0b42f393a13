"""What `manage.py check --deploy` refuses: settings with which no money should be taken."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning
from django.core.exceptions import ImproperlyConfigured

from apps.core.secrets import encrypt_text

SHORTEST_SECRET_KEY = 40
# Keys that stand in this repository: everybody knows them.
KNOWN_KEYS = ("for-development", "for-tests", "django-insecure", "Zm9y")


def check_deployment(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Every unsafe setting, each with what to do about it."""
    return [*_secrets(), *_transport(), *_people(), *_gateway()]


def _secrets() -> Iterator[CheckMessage]:
    if settings.DEBUG:
        yield _error("E001", "DEBUG is on: error pages would show settings and code.")
    key = str(settings.SECRET_KEY)
    if len(key) < SHORTEST_SECRET_KEY or key.startswith(KNOWN_KEYS):
        yield _error("E002", "SECRET_KEY is short or publicly known: make one of 50 random characters.")
    field_key = str(getattr(settings, "FIELD_ENCRYPTION_KEY", ""))
    if not field_key or field_key.startswith(KNOWN_KEYS):
        yield _error("E003", "FIELD_ENCRYPTION_KEY is missing or publicly known: make 32 random bytes.")
        return
    try:
        encrypt_text("probe", context="check")
    except ImproperlyConfigured as error:
        yield _error("E003", f"{error}.")


def _transport() -> Iterator[CheckMessage]:
    if "*" in settings.ALLOWED_HOSTS or not settings.ALLOWED_HOSTS:
        yield _error("E004", "ALLOWED_HOSTS must name the hosts: a forged Host ends up in links of mails.")
    for name in ("SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE"):
        if not getattr(settings, name):
            yield _error("E005", f"{name} is off: the cookie would travel without TLS.")
    if not str(settings.SITE_URL).startswith("https://"):
        yield _error("E006", "SITE_URL does not begin with https://: links in mails would leave TLS.")


def _people() -> Iterator[CheckMessage]:
    if not getattr(settings, "STAFF_MFA_REQUIRED", True):
        yield _error("E007", "STAFF_MFA_REQUIRED is off: a stolen password would open the staff pages.")
    if settings.EMAIL_BACKEND.rpartition(".")[0].endswith((".console", ".locmem", ".dummy", ".filebased")):
        yield Warning("EMAIL_URL delivers no mail to anybody.", id="monetize.W001")


def _gateway() -> Iterator[CheckMessage]:
    sandbox = getattr(settings, "STRIPE_API_HOST", "")
    if not sandbox:
        return
    if getattr(settings, "STRIPE_LIVE_MODE", False):
        yield _error("E008", "A live Stripe key must not meet STRIPE_API_HOST: unset one of them.")
    else:
        yield Warning("STRIPE_API_HOST is set: a sandbox stands in for the gateway.", id="monetize.W002")


def _error(number: str, text: str) -> Error:
    return Error(text, id=f"monetize.{number}")
