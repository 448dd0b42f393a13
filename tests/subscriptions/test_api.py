from __future__ import annotations

import pytest
from pytest_django import DjangoAssertNumQueries

from apps.billing.services.subscriptions.cancel import cancel_at_period_end
from apps.billing.services.subscriptions.change_plan import change_plan_at_period_end
from apps.subscriptions.enums import CancelReason
from tests.factories.api_clients import make_api_client
from tests.factories.billing import STARTED_AT, subscribe_to
from tests.factories.customers import make_brand, make_customer
from tests.factories.plans import flat_price, make_meter, make_plan, metered_price, seat_price

pytestmark = pytest.mark.django_db


def test_subscription_shows_plan_items_and_periods() -> None:
    plan = make_plan(
        code="team", name="Team", prices=[flat_price(), seat_price(), metered_price(make_meter())]
    )
    subscription = subscribe_to(plan, quantity=3, external_id="contract-7").subscription
    client = make_api_client(brand=subscription.brand)

    shown = client.get(f"/api/v1/subscriptions/{subscription.public_id}").json()

    assert shown["object"] == "subscription"
    assert shown["customer"] == subscription.customer.public_id
    assert shown["plan"] == {"code": "team", "name": "Team", "version": 1}
    assert (shown["status"], shown["currency"], shown["quantity"]) == ("active", "EUR", 3)
    assert shown["current_period_starts_at"] == "2026-01-31T09:30:00Z"
    assert shown["current_period_ends_at"] == "2026-02-28T00:00:00Z"
    assert [(item["price"]["code"], item["quantity"]) for item in shown["items"]][:2] == [
        ("base", 1),
        ("seats", 3),
    ]
    assert shown["items"][0]["price"]["parameters"] == {"amount": "29.00"}
    assert (shown["scheduled_change"], shown["ended_at"]) == (None, None)
    assert client.get("/api/v1/subscriptions/contract-7").json() == shown


def test_scheduled_change_shows_what_happens_when() -> None:
    subscription = subscribe_to().subscription
    other = make_plan(code="other", name="Other", prices=[seat_price()])
    change_plan_at_period_end(subscription=subscription, plan_code=other.code, quantity=4, at=STARTED_AT)

    shown = make_api_client(brand=subscription.brand).get("/api/v1/subscriptions").json()["data"][0]

    change = shown["scheduled_change"]
    assert (change["kind"], change["effective_at"]) == ("plan", "2026-02-28T00:00:00Z")
    assert (change["plan"]["code"], change["quantity"]) == ("other", 4)


def test_subscriptions_are_filtered() -> None:
    brand = make_brand()
    ada, bob = make_customer(brand=brand, external_id="ada"), make_customer(brand=brand)
    team, solo = make_plan(code="team"), make_plan(code="solo", version={"trial_days": 7})
    first = subscribe_to(team, customer=ada, external_id="one").subscription
    second = subscribe_to(solo, customer=bob).subscription
    client = make_api_client(brand=brand)

    def found(query: str) -> list[str]:
        return [row["id"] for row in client.get(f"/api/v1/subscriptions?{query}").json()["data"]]

    assert found("") == [second.public_id, first.public_id]
    assert found("customer=ada") == [first.public_id]
    assert found("plan=solo") == [second.public_id]
    assert found("status=trialing") == [second.public_id]
    assert found("external_id=one") == [first.public_id]
    assert client.get("/api/v1/subscriptions?status=odd").status_code == 422
    assert client.get("/api/v1/subscriptions?plan=a%00b").status_code == 422
    assert client.get("/api/v1/subscriptions?customer=nobody").status_code == 404


def test_customer_is_expanded_on_request() -> None:
    subscription = subscribe_to().subscription
    client = make_api_client(brand=subscription.brand)

    shown = client.get("/api/v1/subscriptions?expand[]=customer").json()["data"][0]

    assert shown["customer"]["name"] == "Ada Lovelace"
    assert client.get("/api/v1/subscriptions?expand[]=plan").status_code == 422


def test_timeline_tells_what_happened_newest_first() -> None:
    subscription = subscribe_to().subscription
    cancel_at_period_end(subscription=subscription, reason=CancelReason.UNUSED, comment="", at=STARTED_AT)
    client = make_api_client(brand=subscription.brand)
    path = f"/api/v1/subscriptions/{subscription.public_id}/timeline"

    events = client.get(path).json()
    first = client.get(f"{path}?limit=1").json()
    rest = client.get(f"{path}?limit=100&cursor={first['next_cursor']}").json()

    names = [event["type"] for event in events["data"]]
    assert names[0] == "subscription.change_scheduled"
    assert names[-1] == "subscription.created"
    assert events["data"][0]["data"]["reason"] == "unused"
    assert first["data"] + rest["data"] == events["data"]


def test_a_page_costs_the_same_queries_however_long(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    brand = make_brand()
    plan = make_plan(prices=[flat_price(), seat_price()])
    client = make_api_client(brand=brand)

    def subscribe_some(count: int) -> None:
        for _ in range(count):
            customer = make_customer(brand=brand)
            subscription = subscribe_to(plan, customer=customer).subscription
            cancel_at_period_end(subscription=subscription, reason="unused", comment="", at=STARTED_AT)

    subscribe_some(2)
    client.get("/api/v1/subscriptions")  # The first use of a key is noted on its row.
    # Key, request counter, subscriptions, items, changes.
    with django_assert_num_queries(5):
        assert len(client.get("/api/v1/subscriptions?expand[]=customer").json()["data"]) == 2
    subscribe_some(4)
    with django_assert_num_queries(5):
        assert len(client.get("/api/v1/subscriptions?expand[]=customer").json()["data"]) == 6
