from __future__ import annotations

import pytest

from tests.factories.api_clients import make_api_client
from tests.factories.billing import subscribe_to, utc
from tests.factories.customers import make_customer
from tests.factories.plans import flat_price, make_meter, make_plan, metered_price
from tests.factories.usage import make_event, send

pytestmark = pytest.mark.django_db


def test_customer_usage_tells_value_groups_and_price_so_far(monkeypatch):
    monkeypatch.setattr("apps.core.clock.now", lambda: utc(2026, 2, 10))
    meter = make_meter(group_by=["region"])
    plan = make_plan(prices=[flat_price("10.00"), metered_price(meter, unit_amount="0.125")])
    subscription = subscribe_to(plan).subscription
    customer = subscription.customer
    events = [
        make_event(customer, meter.event_name, timestamp=utc(2026, 2, day), properties={"region": region})
        for day, region in ((1, "eu"), (2, "us"), (3, "eu"))
    ]
    send(customer, *events)

    answer = make_api_client(brand=customer.brand, scopes=["usage:read"]).get(
        f"/api/v1/customers/{customer.public_id}/usage"
    )

    assert answer.status_code == 200
    told = answer.json()
    (entry,) = told["data"]
    assert (told["object"], told["as_of"]) == ("customer_usage", "2026-02-10T00:00:00Z")
    assert (entry["value"], entry["exact_amount"]) == ("3", "0.375")
    assert (entry["amount_minor"], entry["currency"]) == (38, "EUR")
    assert entry["groups"] == [
        {"group": {"region": "eu"}, "value": "2"},
        {"group": {"region": "us"}, "value": "1"},
    ]
    assert entry["period"] == {"starts_at": "2026-01-31T09:30:00Z", "ends_at": "2026-02-28T00:00:00Z"}
    assert entry["meter"]["code"] == meter.code
    assert entry["subscription"] == subscription.public_id
    assert entry["trace"]["steps"]
    assert entry["explanation"]


def test_customer_usage_of_another_brand_is_404():
    customer = make_customer()

    answer = make_api_client().get(f"/api/v1/customers/{customer.public_id}/usage")

    assert answer.status_code == 404


def test_customer_usage_without_subscription_is_empty():
    customer = make_customer()

    answer = make_api_client(brand=customer.brand).get(f"/api/v1/customers/{customer.public_id}/usage")

    assert answer.json()["data"] == []
