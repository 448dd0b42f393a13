"""What a visitor wanted to buy, kept in the browser's session while they sign up."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse

PENDING = "portal_pending_purchase"


def keep_purchase(request: HttpRequest, wish: dict[str, str]) -> None:
    request.session[PENDING] = wish


def forget_purchase(request: HttpRequest) -> None:
    request.session.pop(PENDING, None)


def way_on(request: HttpRequest) -> str:
    """Where somebody goes who has just become a customer: to what they wanted, else to the plans."""
    wish = {name: value for name, value in request.session.get(PENDING, {}).items() if value}
    return f"{reverse('portal:checkout')}?{urlencode(wish)}" if wish else reverse("portal:pricing")
