"""Clients of the REST API with keys of their own."""

from __future__ import annotations

from collections.abc import Sequence

from rest_framework.test import APIClient

from apps.accounts.enums import ApiKeyKind
from apps.accounts.models import Brand
from apps.accounts.services.create_api_key import create_api_key
from tests.factories.customers import MADE_AT, make_brand


def make_api_client(
    *, brand: Brand | None = None, livemode: bool = False, scopes: Sequence[str] = ("*",)
) -> APIClient:
    """A client that sends a new key of the brand and mode with each request, and speaks JSON."""
    _, plaintext = create_api_key(
        brand=brand or make_brand(),
        livemode=livemode,
        name="Test",
        kind=ApiKeyKind.SECRET,
        scopes=list(scopes),
        expires_at=None,
        at=MADE_AT,
    )
    client = APIClient()
    client.default_format = "json"
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {plaintext}")
    return client
