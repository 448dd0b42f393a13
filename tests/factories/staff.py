"""Members of staff in the browser."""

from __future__ import annotations

from typing import Any

from allauth.mfa.models import Authenticator
from django.test import Client

from tests.factories.customers import make_user


def make_staff_client(*, is_superuser: bool = True, **overrides: Any) -> Client:
    """A client of somebody who is logged in and has the second factor that the staff's pages ask for."""
    user = make_user(is_staff=True, is_superuser=is_superuser, **overrides)
    Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={})
    client = Client()
    client.force_login(user)
    return client
