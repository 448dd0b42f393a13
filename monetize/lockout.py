"""What django-axes counts failures of a login by."""

from __future__ import annotations

from collections.abc import Mapping

from django.http import HttpRequest


def attempted_login(request: HttpRequest | None, credentials: Mapping[str, str] | None = None) -> str:
    """The e-mail that somebody tried, in lower case; empty when the request names none.

    Called with credentials when a login fails or succeeds, and without them when a request is checked before.
    """
    named = (credentials or {}).get("username") or (credentials or {}).get("email")
    if not named and request is not None:
        named = request.POST.get("login") or request.POST.get("username")
    return (named or "").strip().lower()
