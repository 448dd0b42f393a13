"""From where a request comes, behind as many proxies as the settings trust."""

from __future__ import annotations

from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest


def address_of(request: HttpRequest) -> str:
    """The visitor's address; limits on tries are counted by it.

    Of `X-Forwarded-For` only what our own proxies have appended is believed: with n of them the n-th entry
    from the right. What stands before it the visitor may have written.
    """
    nearest = str(request.META.get("REMOTE_ADDR") or "")
    proxies: int = getattr(settings, "TRUSTED_PROXIES", 0)
    entries = [entry.strip() for entry in request.headers.get("X-Forwarded-For", "").split(",")]
    if not proxies or len(entries) < proxies:
        return nearest
    return entries[-proxies] if _is_address(entries[-proxies]) else nearest


def client_address(group: str, request: HttpRequest) -> str:
    """`address_of` in the shape of a key of django-ratelimit."""
    return address_of(request)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
