"""Who may do what: each endpoint against each kind of caller. An undeclared endpoint fails."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern

from apps.accounts.enums import ApiKeyKind
from apps.accounts.models import Brand
from apps.accounts.services.create_api_key import create_api_key
from apps.invoices.models import Invoice
from apps.payments.models import GatewayCustomer
from apps.subscriptions.models import Subscription
from monetize.api import urlpatterns
from tests.factories.customers import MADE_AT, make_brand, make_customer
from tests.factories.payments import save_card
from tests.fixtures.gateway import GatewaySandbox
from tests.monetize.api_endpoints import ENDPOINTS, Endpoint, Stranger
from tests.monetize.api_schema import faults
from tests.monetize.api_world import World, make_world

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
SCOPES = sorted({endpoint.scope for endpoint in ENDPOINTS.values()})
Rows = list[tuple[str, str, Endpoint]]


def served() -> Iterator[tuple[str, str]]:
    """Method and address of everything under /api/v1/, converters left out."""
    for pattern in urlpatterns:
        assert isinstance(pattern, URLPattern)
        address = re.sub(r"<\w+:(\w+)>", r"<\1>", str(pattern.pattern))
        view = getattr(pattern.callback, "cls", None)
        for method in METHODS:
            if (view is None and method == "POST") or hasattr(view, method.lower()):
                yield method, address


def rows(*, without: str = "") -> Rows:
    return [(m, a, endpoint) for (m, a), endpoint in ENDPOINTS.items() if endpoint.scope != without]


def test_every_endpoint_is_declared_and_every_declaration_is_served() -> None:
    assert set(served()) == set(ENDPOINTS)


@pytest.mark.django_db
def test_nobody_gets_in_without_a_key() -> None:
    world = make_world()

    answers = {(m, a): ask(Client(), world, m, a, endpoint) for m, a, endpoint in rows()}

    wrong = [case for case, answer in answers.items() if answer.status_code != 401]
    assert wrong == []
    assert {answer["WWW-Authenticate"] for answer in answers.values()} == {'Bearer realm="api"'}
    assert {answer["Content-Type"] for answer in answers.values()} == {"application/problem+json"}


@pytest.mark.django_db
def test_a_key_with_all_scopes_but_the_needed_one_is_refused() -> None:
    world = make_world()
    clients = {scope: client_of(world.brand, scopes=[s for s in SCOPES if s != scope]) for scope in SCOPES}

    wrong = []
    for method, address, endpoint in rows():
        answer = ask(clients[endpoint.scope], world, method, address, endpoint)
        if (answer.status_code, answer.json()["code"]) != (403, "scope_missing"):
            wrong.append((method, address, answer.status_code))

    assert wrong == []
    assert_nothing_happened(world)


@pytest.mark.django_db
def test_an_intake_key_sends_events_and_nothing_else() -> None:
    world = make_world()
    client = client_of(world.brand, kind=ApiKeyKind.INTAKE)

    wrong = [
        (method, address)
        for method, address, endpoint in rows(without="events:write")
        if ask(client, world, method, address, endpoint).status_code != 403
    ]

    assert wrong == []
    assert ask(client, world, "POST", "events", ENDPOINTS["POST", "events"]).status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize("stranger", ["another brand", "the other mode"])
def test_a_stranger_finds_what_does_not_exist(stranger: str) -> None:
    world = make_world()
    other = make_brand() if stranger == "another brand" else world.brand
    livemode = stranger == "the other mode"
    client = client_of(other, livemode=livemode)

    wrong = []
    for method, address, endpoint in rows():
        shared = endpoint.stranger in (Stranger.SHARED, Stranger.OWN)
        if shared or (livemode and endpoint.scope.startswith("catalog")):
            # One catalog for all, in both modes; a plan may be limited to brands.
            continue
        answer = ask(client, world, method, address, endpoint)
        if not is_as_for_a_stranger(answer, endpoint, livemode=livemode, world=world):
            wrong.append((method, address, answer.status_code, answer.content[:200]))

    assert wrong == []
    assert_nothing_happened(world)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("method", "address"), [pytest.param(*key, id=" ".join(key)) for key in sorted(ENDPOINTS)]
)
def test_the_right_key_gets_what_is_described(gateway: GatewaySandbox, method: str, address: str) -> None:
    world = chargeable_world(gateway)
    endpoint = ENDPOINTS[method, address]
    client = client_of(world.brand, scopes=[endpoint.scope])

    answer = ask(client, world, method, address, endpoint)

    assert answer.status_code == endpoint.status, answer.content
    described = re.sub(r"<(\w+)>", r"{\1}", address)
    media_type = answer["Content-Type"].partition(";")[0] if answer.content else ""
    body = answer.json() if media_type.endswith("json") else None
    assert faults(method, described, answer.status_code, media_type, body) == []


def chargeable_world(gateway: GatewaySandbox) -> World:
    """The world, with its card known at the gateway."""
    elsewhere = make_customer(brand=make_brand())
    card = save_card(gateway, elsewhere)
    gateway_id = card.gateway_id
    card.delete()
    world = make_world(card_gateway_id=gateway_id)
    invoice = Invoice.objects.get(public_id=world.invoice_id)
    GatewayCustomer.objects.update(customer=invoice.customer)
    return world


def client_of(
    brand: Brand,
    *,
    scopes: list[str] | None = None,
    livemode: bool = False,
    kind: ApiKeyKind = ApiKeyKind.SECRET,
) -> Client:
    _, plaintext = create_api_key(
        brand=brand,
        livemode=livemode,
        name="Test",
        kind=kind,
        scopes=SCOPES if scopes is None else scopes,
        expires_at=None,
        at=MADE_AT,
    )
    return Client(headers={"Authorization": f"Bearer {plaintext}"})


def ask(client: Client, world: World, method: str, address: str, endpoint: Endpoint) -> Any:
    path = re.sub(r"<(\w+)>", lambda match: world.ids[match[1]], address)
    query = f"?{endpoint.query}" if endpoint.query else ""
    body = {} if method in ("GET", "DELETE") else {"data": json.dumps(endpoint.body(world))}
    return client.generic(method, f"/api/v1/{path}{query}", content_type="application/json", **body)


def is_as_for_a_stranger(answer: Any, endpoint: Endpoint, *, livemode: bool, world: World) -> bool:
    match endpoint.stranger:
        case Stranger.EMPTY:
            return answer.status_code == 200 and not set(world.ids.values()) & ids_in(answer.json()["data"])
        case Stranger.REFUSED:
            return answer.status_code == (409 if livemode else 201)
    # An event of an unknown customer is invalid in its own answer.
    code = answer.json()["code"]
    return answer.status_code == 404 or (answer.status_code, code) == (422, "customer_not_found")


def ids_in(data: list[dict[str, Any]]) -> set[str]:
    return {row["id"] for row in data if "id" in row} | {
        row["subject"]["id"] for row in data if isinstance(row.get("subject"), dict)
    }


def assert_nothing_happened(world: World) -> None:
    invoice = Invoice.objects.get(public_id=world.invoice_id)
    subscription = Subscription.objects.get(public_id=world.subscription_id)
    assert (invoice.status, invoice.paid_minor) == ("open", 0)
    assert (subscription.status, subscription.changes.count()) == ("active", 0)
    assert Subscription.objects.count() == 2
