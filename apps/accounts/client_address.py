"""From where a request comes, behind as many proxies as the settings trust."""

from __future__ import annotations

from axes.helpers import get_client_ip_address
from django.http import HttpRequest


def client_address(group: str, request: HttpRequest) -> str:
    """The visitor's address, as django-axes counts failed logins by; empty when it cannot be told.

    `group` is what django-ratelimit hands to its key functions.
    """
    return get_client_ip_address(request) or ""
