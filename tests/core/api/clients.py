from __future__ import annotations

from typing import Any

from django.test import Client

from apps.accounts.enums import ApiKeyKind
from apps.accounts.services.create_api_key import create_api_key
from apps.core import clock
from tests.factories.customers import make_brand


def client_with_key(*scopes: str, livemode: bool = False, brand: Any = None) -> Client:
    """A client that sends a fresh key with these scopes; all of them when none is named."""
    _, plaintext = create_api_key(
        brand=brand or make_brand(),
        livemode=livemode,
        name="Test",
        kind=ApiKeyKind.SECRET,
        scopes=scopes or ("*",),
        expires_at=None,
        at=clock.now(),
    )
    return Client(headers={"Authorization": f"Bearer {plaintext}"}, raise_request_exception=False)


def post(client: Client, path: str, body: Any, key: str | None = None) -> Any:
    """POST as JSON, under an Idempotency-Key when one is given."""
    headers = {"Idempotency-Key": key} if key is not None else {}
    return client.post(path, body, content_type="application/json", headers=headers)
