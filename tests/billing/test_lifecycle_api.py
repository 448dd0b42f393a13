from __future__ import annotations

from typing import Any

import pytest

from apps.invoices.models import Invoice
from apps.plans.enums import PeriodAlignment
from apps.subscriptions.models import ScheduledChange, Subscription
from tests.factories.api_clients import make_api_client
from tests.factories.billing import make_card, subscribe_to, utc
from tests.factories.customers import make_customer, make_test_clock
from tests.factories.plans import flat_price, make_plan, seat_price

pytestmark = pytest.mark.django_db

SUBSCRIPTIONS = "/api/v1/subscriptions"
NOW = utc(2026, 1, 11)


def on_a_clock(**overrides: Any) -> Any:
    """A customer with a card whose present is 11 January."""
    customer = make_customer(test_clock=make_test_clock(now_at=NOW), external_id="acme", **overrides)
    make_card(customer)
    return customer


def running(plan: Any = None, **more: Any) -> tuple[Any, Subscription]:
    """A client, and a subscription since 1 January, at 31.00 a month."""
    customer = on_a_clock()
    plan = plan or make_plan(prices=[flat_price("31.00")])
    subscription = subscribe_to(plan, customer=customer, card=False, at=utc(2026, 1, 1), **more).subscription
    return make_api_client(brand=customer.brand), subscription


def test_purchase_says_term_phases_quantities_and_invoices() -> None:
    customer = on_a_clock()
    make_plan(code="team", prices=[seat_price("10.00"), seat_price("2.00", code="light")])
    make_plan(code="big", prices=[seat_price("20.00")])
    client = make_api_client(brand=customer.brand)
    body = {
        "customer": "acme",
        "plan": "team",
        "quantity": 2,
        "quantities": {"light": 5},
        "starts_at": "2025-12-11T00:00:00Z",
        "ends_at": "2026-12-11T00:00:00Z",
        "phases": [{"plan": "big", "quantity": 4, "after": {"months": 3}}],
    }

    made = client.post(SUBSCRIPTIONS, body).json()

    assert [invoice["total_minor"] for invoice in made["invoices"]] == [3000, 3000]
    assert (made["started_at"], made["quantities"]) == ("2025-12-11T00:00:00Z", {"light": 5})
    assert [
        (change["kind"], change["effective_at"], change["planned"]) for change in made["scheduled_changes"]
    ] == [("plan", "2026-03-11T00:00:00Z", True), ("cancel", "2026-12-11T00:00:00Z", True)]
    assert made["scheduled_change"]["plan"]["code"] == "big"


def test_future_purchase_is_scheduled_and_unbilled() -> None:
    customer = on_a_clock()
    make_plan(code="team")
    client = make_api_client(brand=customer.brand)
    body = {"customer": "acme", "plan": "team", "starts_at": "2026-02-01T00:00:00+01:00"}

    made = client.post(SUBSCRIPTIONS, body).json()

    assert (made["status"], made["invoices"]) == ("scheduled", [])
    assert made["next_bill_at"] == made["started_at"] == "2026-01-31T23:00:00Z"


@pytest.mark.parametrize(
    ("change", "status", "field"),
    [
        ({"starts_at": "2020-01-01T00:00:00Z"}, 422, "starts_at"),
        ({"starts_at": "2026-02-01"}, 422, "starts_at"),
        ({"ends_at": "2026-01-01T00:00:00Z"}, 422, "ends_at"),
        ({"trial_until": "2026-01-01T00:00:00Z"}, 422, "trial_until"),
        ({"billing_day": 32}, 422, "billing_day"),
        ({"billing_day": 3}, 422, "billing_day"),
        ({"quantities": {"base": 2}}, 422, "quantities"),
        ({"parent": "nothing"}, 404, "parent"),
        ({"phases": [{"plan": "none", "after": {"months": 1}}]}, 404, "phases[0].plan"),
        ({"phases": [{"plan": "team"}]}, 422, "phases[0].after"),
        ({"phases": [{"plan": "team", "after": {"months": 1, "days": 1}}]}, 422, "phases[0].after"),
    ],
)
def test_purchase_that_cannot_be_names_its_field(change: dict[str, Any], status: int, field: str) -> None:
    customer = on_a_clock()
    make_plan(code="team")
    client = make_api_client(brand=customer.brand)

    answer = client.post(SUBSCRIPTIONS, {"customer": "acme", "plan": "team"} | change)

    assert answer.status_code == status
    assert answer.json()["errors"][0]["field"].startswith(field)
    assert Subscription.objects.count() == Invoice.objects.count() == 0


def test_add_on_shows_its_parent() -> None:
    client, parent = running()
    make_plan(code="extra")
    body = {"customer": "acme", "plan": "extra", "parent": parent.public_id}

    made = client.post(SUBSCRIPTIONS, body).json()

    assert made["parent"] == parent.public_id


def test_change_now_answers_with_its_invoice() -> None:
    client, subscription = running()
    make_plan(code="big", prices=[flat_price("62.00")])

    changed = client.post(
        f"{SUBSCRIPTIONS}/{subscription.public_id}/change", {"plan": "big", "timing": "now"}
    ).json()

    # 21 of 31 days: 42.00 less 21.00
    assert [invoice["total_minor"] for invoice in changed["invoices"]] == [2100]
    assert (changed["plan"]["code"], changed["scheduled_changes"]) == ("big", [])


def test_change_on_a_day_waits_for_it() -> None:
    client, subscription = running()
    make_plan(code="big", prices=[flat_price("62.00")])
    body = {"plan": "big", "timing": "2026-01-21T00:00:00Z", "prorates": False}

    changed = client.post(f"{SUBSCRIPTIONS}/{subscription.public_id}/change", body).json()

    (change,) = changed["scheduled_changes"]
    assert (change["effective_at"], change["prorates"]) == ("2026-01-21T00:00:00Z", False)
    assert (changed["invoices"], changed["next_bill_at"]) == ([], "2026-01-21T00:00:00Z")


def test_cancel_now_with_a_credit_note_and_reactivation() -> None:
    client, subscription = running()
    path = f"{SUBSCRIPTIONS}/{subscription.public_id}"

    canceled = client.post(f"{path}/cancel", {"timing": "now", "unused_part": "credit_note"}).json()
    again = client.post(f"{path}/reactivate")

    notes = client.get("/api/v1/credit_notes").json()["data"]
    assert (canceled["status"], [note["total_minor"] for note in notes]) == ("canceled", [2100])
    assert again.status_code == 201
    assert again.json()["id"] != subscription.public_id
    assert [invoice["subtotal_minor"] for invoice in again.json()["invoices"]] == [3100]


def test_cancel_on_a_day_cuts_the_period_then() -> None:
    client, subscription = running()

    canceled = client.post(
        f"{SUBSCRIPTIONS}/{subscription.public_id}/cancel", {"timing": "2026-01-21T00:00:00Z"}
    ).json()

    assert canceled["status"] == "active"
    assert [change["kind"] for change in canceled["scheduled_changes"]] == ["cancel"]


def test_pause_and_resume_show_it_and_what_was_billed() -> None:
    client, subscription = running()
    path = f"{SUBSCRIPTIONS}/{subscription.public_id}"

    paused = client.post(f"{path}/pause", {"resume_at": "2026-03-01T00:00:00Z"}).json()
    resumed = client.post(f"{path}/resume", {}).json()

    assert (paused["status"], paused["paused_at"]) == ("paused", "2026-01-11T00:00:00Z")
    assert [invoice["balance_credited_minor"] for invoice in paused["invoices"]] == [2100]
    assert [change["kind"] for change in paused["scheduled_changes"]] == ["resume"]
    assert (resumed["status"], resumed["paused_at"]) == ("active", None)
    assert [invoice["balance_applied_minor"] for invoice in resumed["invoices"]] == [2100]


def test_changes_are_listed_and_each_can_be_taken_back() -> None:
    client, subscription = running()
    path = f"{SUBSCRIPTIONS}/{subscription.public_id}"
    make_plan(code="big", prices=[flat_price("62.00")])
    client.post(f"{path}/change", {"plan": "big"})
    client.post(f"{path}/cancel", {"timing": "period_end"})
    pending = client.get(f"{path}/changes?status=pending").json()["data"]

    withdrawn = client.delete(f"{path}/changes/{pending[0]['id']}")
    again = client.delete(f"{path}/changes/{pending[0]['id']}")

    assert sorted(change["kind"] for change in pending) == ["cancel", "plan"]
    assert (withdrawn.status_code, withdrawn.json()["status"]) == (200, "withdrawn")
    assert (again.status_code, again.json()["code"]) == (409, "change_not_pending")
    listed = client.get(f"{path}/changes").json()["data"]
    assert sorted(change["status"] for change in listed) == ["pending", "withdrawn"]


def test_trial_is_extended() -> None:
    client, subscription = running(make_plan(version={"trial_days": 14}))
    path = f"{SUBSCRIPTIONS}/{subscription.public_id}/extend_trial"

    extended = client.post(path, {"ends_at": "2026-02-01T00:00:00Z"}).json()
    shorter = client.post(path, {"ends_at": "2026-01-20T00:00:00Z"})

    assert extended["trial_ends_at"] == extended["current_period_ends_at"] == "2026-02-01T00:00:00Z"
    assert (shorter.status_code, shorter.json()["errors"][0]["field"]) == (409, "ends_at")


def test_billing_day_is_moved_and_shown() -> None:
    plan = make_plan(version={"alignment": PeriodAlignment.BILLING_DAY})
    client, subscription = running(plan)

    moved = client.post(f"{SUBSCRIPTIONS}/{subscription.public_id}/billing_day", {"day": 15}).json()

    assert moved["billing_day"] == 1
    (change,) = moved["scheduled_changes"]
    assert (change["kind"], change["billing_day"], change["effective_at"]) == (
        "billing_day",
        15,
        "2026-02-01T00:00:00Z",
    )


def test_billing_day_of_a_customer_is_that_of_what_begins_from_now_on() -> None:
    make_plan(code="aligned", version={"alignment": PeriodAlignment.BILLING_DAY})
    customer = on_a_clock()
    client = make_api_client(brand=customer.brand)

    patched = client.patch(f"/api/v1/customers/{customer.public_id}", {"billing_day": 20}).json()
    made = client.post(SUBSCRIPTIONS, {"customer": "acme", "plan": "aligned"}).json()

    assert patched["billing_day"] == made["billing_day"] == 20
    assert made["current_period_ends_at"] == "2026-01-20T00:00:00Z"


def test_write_is_done_once_under_its_key() -> None:
    client, subscription = running()
    path = f"{SUBSCRIPTIONS}/{subscription.public_id}/pause"

    first = client.post(path, {}, headers={"Idempotency-Key": "p1"})
    replay = client.post(path, {}, headers={"Idempotency-Key": "p1"})

    assert replay.headers["Idempotent-Replayed"] == "true"
    assert first.json() == replay.json()
    assert ScheduledChange.objects.count() == 1
