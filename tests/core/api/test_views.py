from __future__ import annotations

from typing import ClassVar

import pytest
import time_machine
from django.core.exceptions import ImproperlyConfigured

from apps.core.api.credentials import scope_allows
from apps.core.api.views import ApiView
from apps.core.models import CounterWindow
from tests.core.api.clients import client_with_key
from tests.factories.customers import make_brand

NOON = "2026-06-01T12:00:20Z"


def test_endpoint_with_an_undeclared_method_cannot_be_defined() -> None:
    with pytest.raises(ImproperlyConfigured, match="lacks 'post'"):

        class Careless(ApiView):
            required_scopes: ClassVar = {"get": "things:read"}

            def get(self, request): ...

            def post(self, request): ...


def test_endpoint_that_replays_objects_must_say_how() -> None:
    with pytest.raises(ImproperlyConfigured, match="define render_object"):

        class Careless(ApiView):
            idempotency = "object"
            required_scopes: ClassVar = {"post": "things:write"}

            def post(self, request): ...


@pytest.mark.parametrize(
    ("granted", "required", "allowed"),
    [
        (["*"], "invoices:write", True),
        (["*:read"], "invoices:read", True),
        (["*:read"], "invoices:write", False),
        (["invoices:write"], "invoices:read", False),
        (["plans:read", "invoices:read"], "invoices:read", True),
        ([], "invoices:read", False),
    ],
)
def test_scope_allows_only_what_was_granted(granted: list[str], required: str, allowed: bool) -> None:
    assert scope_allows(granted, required) is allowed


@pytest.mark.django_db
def test_throttle_counts_down_and_refuses_beyond_the_limit(settings) -> None:
    settings.API_RATE = (2, 60)
    client = client_with_key()

    with time_machine.travel(NOON, tick=False):
        first, second, third = (client.get("/api/orders") for _ in range(3))

    assert first["RateLimit-Policy"] == '"key";q=2;w=60'
    assert first["RateLimit"] == '"key";r=1;t=40'
    assert second.status_code == 200
    assert second["RateLimit"] == '"key";r=0;t=40'
    assert third.status_code == 429
    assert third["Retry-After"] == "40"
    assert third.json()["code"] == "rate_limited"


@pytest.mark.django_db
def test_throttle_next_window_and_other_keys_start_anew(settings) -> None:
    settings.API_RATE = (1, 60)
    client = client_with_key()

    with time_machine.travel(NOON, tick=False):
        assert [client.get("/api/orders").status_code for _ in range(2)] == [200, 429]
        assert client_with_key().get("/api/orders").status_code == 200
    with time_machine.travel("2026-06-01T12:01:00Z", tick=False):
        assert client.get("/api/orders").status_code == 200


@pytest.mark.django_db
def test_throttle_does_not_count_requests_without_a_key(client) -> None:
    client.get("/api/orders")

    assert CounterWindow.objects.count() == 0


@pytest.mark.django_db
def test_expand_puts_the_object_in_the_place_of_its_id() -> None:
    brand = make_brand()
    client = client_with_key(brand=brand)

    plain = client.get("/api/brand").json()
    once = client.get("/api/brand", {"expand[]": "twin"}).json()
    twice = client.get("/api/brand", {"expand[]": ["twin", "twin.twin"]}).json()

    assert plain == {"id": brand.public_id, "twin": brand.public_id}
    assert once["twin"] == plain
    assert twice["twin"] == once


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["id", "nothing", "twin.nothing", "twin.twin.twin.twin.twin", ""])
def test_expand_unknown_or_too_deep_path_is_refused(path: str) -> None:
    answer = client_with_key().get("/api/brand", {"expand[]": path})

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "expand[]"
