"""Read settings from the environment; anything unexpected stops the start with one sentence.

An empty value counts as absent, so that `NAME=` in an env file means the default.
"""

from __future__ import annotations

import os
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

_TRUE = {"1", "true", "yes", "on"}
_FALSE = {"0", "false", "no", "off"}


def text(name: str, default: str | None = None) -> str:
    """The value, or the default; no default means that the name is required."""
    value = os.environ.get(name, "").strip() or default
    if value is None:
        raise ImproperlyConfigured(f"{name} is not set; docs/operations.md says what it holds.")
    return value


def flag(name: str, *, default: bool) -> bool:
    """A yes or a no in the usual spellings."""
    value = text(name, "yes" if default else "no").lower()
    if value not in _TRUE | _FALSE:
        raise ImproperlyConfigured(f"{name} must be yes or no, not {value!r}.")
    return value in _TRUE


def number(name: str, default: int, *, least: int = 0) -> int:
    """A whole number of at least `least`."""
    value = text(name, str(default))
    if not value.isdecimal() or int(value) < least:
        raise ImproperlyConfigured(f"{name} must be a whole number of at least {least}, not {value!r}.")
    return int(value)


def choice(name: str, default: str, allowed: tuple[str, ...]) -> str:
    """One word of a closed list."""
    value = text(name, default)
    if value not in allowed:
        raise ImproperlyConfigured(f"{name} must be one of {', '.join(allowed)}, not {value!r}.")
    return value


def words(name: str, default: tuple[str, ...] = ()) -> list[str]:
    """A list separated by commas; blanks around the parts do not count."""
    parts = [part.strip() for part in text(name, ",".join(default)).split(",")]
    return [part for part in parts if part]


def web_address(name: str, default: str | None = None) -> str:
    """An http or https address without a slash at its end; an empty default stands for none."""
    value = text(name, default)
    if not value:
        return ""
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ImproperlyConfigured(f"{name} must be an http or https address, not {value!r}.")
    return value.rstrip("/")


def database(name: str, default: str | None = None) -> dict[str, Any]:
    """Django's description of `postgresql://user:password@host:port/name?sslmode=require`."""
    url = text(name, default)
    parts = urlsplit(url)
    database_name = unquote(parts.path.lstrip("/"))
    if parts.scheme not in {"postgres", "postgresql"} or not database_name:
        # The value is not repeated: it may hold a password.
        raise ImproperlyConfigured(f"{name} must look like postgresql://user:password@host:5432/name.")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": database_name,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or ""),
        "PORT": str(parts.port or ""),
        "OPTIONS": dict(parse_qsl(parts.query, strict_parsing=bool(parts.query))),
    }


def mail(name: str, default: str | None = None) -> dict[str, Any]:
    """Django's EMAIL_* settings of `smtp://…`, `smtps://…` (TLS), `file:/folder`, `console:` or `memory:`."""
    url = text(name, default)
    parts = urlsplit(url)
    backend = "django.core.mail.backends"
    if parts.scheme in {"smtp", "smtp+starttls", "smtps"} and parts.hostname:
        return {
            "EMAIL_BACKEND": f"{backend}.smtp.EmailBackend",
            "EMAIL_HOST": parts.hostname,
            "EMAIL_PORT": parts.port or {"smtp": 25, "smtp+starttls": 587, "smtps": 465}[parts.scheme],
            "EMAIL_HOST_USER": unquote(parts.username or ""),
            "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
            "EMAIL_USE_TLS": parts.scheme == "smtp+starttls",
            "EMAIL_USE_SSL": parts.scheme == "smtps",
            "EMAIL_TIMEOUT": 20,
        }
    if parts.scheme == "file" and parts.path:
        return {"EMAIL_BACKEND": f"{backend}.filebased.EmailBackend", "EMAIL_FILE_PATH": unquote(parts.path)}
    if parts.scheme in {"console", "memory"}:
        module = {"console": "console", "memory": "locmem"}[parts.scheme]
        return {"EMAIL_BACKEND": f"{backend}.{module}.EmailBackend"}
    raise ImproperlyConfigured(
        f"{name} must begin with smtp:, smtp+starttls:, smtps:, file:, console: or memory:."
    )
