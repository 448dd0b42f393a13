"""How often one address may send a page: `settings.PAGE_RATES`, counted exactly across processes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django_ratelimit.decorators import ratelimit

from apps.accounts.client_address import client_address


def limited(page: str) -> Callable[[Any], Any]:
    """Refuse to take a page's form more often than its rate allows; looking at it is free."""

    def rate(group: str, request: HttpRequest) -> str:
        return str(settings.PAGE_RATES[page])

    decorate: Callable[[Any], Any] = ratelimit(group=page, key=client_address, rate=rate, method="POST")
    return decorate
