from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connection

from apps.audit.models import Event
from apps.billing.enums import CollectionStatus
from apps.billing.tasks import advance_clocks
from apps.core.models import IdempotencyRecord
from apps.invoices.models import Invoice
from apps.payments.enums import PaymentStatus
from apps.payments.models import Payment
from apps.payments.services.open_attempt import open_attempt
from apps.subscriptions.enums import SubscriptionStatus
from apps.subscriptions.models import ScheduledChange, Subscription
from apps.subscriptions.services.mark_past_due import mark_past_due
from tests.factories.api_clients import make_api_client
from tests.factories.billing import STARTED_AT, make_card, subscribe_to, utc
from tests.factories.customers import make_brand, make_customer, make_test_clock
from tests.factories.payments import case_of
from tests.factories.plans import flat_price, make_meter, make_plan, metered_price, seat_price
from tests.factories.usage import make_event, send

SUBSCRIPTIONS = "/api/v1/subscriptions"


def on_a_clock(**overrides: Any) -> Any:
    """A customer with a card whose present is STARTED_AT."""
    customer = make_customer(test_clock=make_test_clock(now_at=STARTED_AT), **overrides)
    make_card(customer)
    return customer


@pytest.mark.django_db
def test_subscribing_bills_in_the_customers_time() -> None:
    customer = on_a_clock(external_id="acme")
    make_plan(code="team", prices=[flat_price(), seat_price()])
    client = make_api_client(brand=customer.brand)
    body = {"customer": "acme", "plan": "team", "quantity": 2, "metadata": {"deal": "7"}}

    answer = client.post(SUBSCRIPTIONS, body)

    made = answer.json()
    assert answer.status_code == 201
    assert (made["status"], made["quantity"], made["metadata"]) == ("active", 2, {"deal": "7"})
    assert made["current_period_ends_at"] == "2026-02-28T00:00:00Z"
    assert made["created_at"] == "2026-01-31T09:30:00Z"
    invoices = client.get(f"/api/v1/invoices?subscription={made['id']}").json()["data"]
    assert [invoice["total_minor"] for invoice in invoices] == [5300]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("change", "status", "code", "field"),
    [
        ({"plan": "none"}, 404, "plan_not_found", "plan"),
        ({"customer": "nobody"}, 404, "customer_not_found", "customer"),
        ({"currency": "JPY"}, 422, "price_unavailable", "currency"),
        ({"quantity": 0}, 422, "invalid_input", "quantity"),
        ({"quantity": 2}, 422, "invalid_input", "quantity"),
        ({"trial_days": 1000}, 422, "invalid_input", "trial_days"),
        ({"qantity": 1}, 422, "invalid_input", "qantity"),
        ({"collection_method": "barter"}, 422, "invalid_input", "collection_method"),
    ],
)
def test_refusals_name_the_field_and_leave_nothing(
    change: dict[str, Any], status: int, code: str, field: str
) -> None:
    customer = on_a_clock(external_id="acme")
    make_plan(code="team")
    client = make_api_client(brand=customer.brand)

    answer = client.post(SUBSCRIPTIONS, {"customer": "acme", "plan": "team"} | change)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert Subscription.objects.count() == Invoice.objects.count() == 0


@pytest.mark.django_db
def test_write_with_expand_is_refused_before_anything_is_done() -> None:
    customer = on_a_clock(external_id="acme")
    make_plan(code="team")
    client = make_api_client(brand=customer.brand)

    answer = client.post(f"{SUBSCRIPTIONS}?expand[]=nonsense", {"customer": "acme", "plan": "team"})

    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "expand[]")
    assert not Subscription.objects.exists()


@pytest.mark.django_db
def test_preview_says_what_subscribing_bills_and_keeps_nothing() -> None:
    customer = on_a_clock()
    make_plan(code="team", prices=[flat_price(), metered_price(make_meter())])
    client = make_api_client(brand=customer.brand)
    body = {"customer": customer.public_id, "plan": "team"}
    events = Event.objects.count()

    preview = client.post(f"{SUBSCRIPTIONS}/preview", body, headers={"Idempotency-Key": "p1"}).json()

    assert (preview["object"], preview["trial_ends_at"]) == ("purchase_preview", None)
    assert (preview["now"]["total_minor"], preview["now"]["at"]) == (2900, "2026-01-31T09:30:00Z")
    assert (preview["next"]["total_minor"], preview["next"]["at"]) == (2900, "2026-02-28T00:00:00Z")
    assert preview["now"]["lines"][0]["explanation"] == ["Flat price: €29.00", "Total: €29.00"]
    assert (Subscription.objects.count(), Event.objects.count()) == (0, events)
    made = client.post(SUBSCRIPTIONS, body).json()
    assert made["status"] == "active"
    assert Invoice.objects.get().total_minor == preview["now"]["total_minor"]


@pytest.mark.django_db
def test_change_is_previewed_scheduled_and_undone() -> None:
    customer = on_a_clock()
    subscription = subscribe_to(make_plan(prices=[flat_price()]), customer=customer, card=False).subscription
    make_plan(code="seats", prices=[seat_price("12.00")])
    client = make_api_client(brand=customer.brand)
    path = f"{SUBSCRIPTIONS}/{subscription.public_id}"
    change = {"plan": "seats", "quantity": 3}

    preview = client.post(f"{path}/change/preview", change).json()
    assert not ScheduledChange.objects.exists()
    scheduled = client.post(f"{path}/change", change).json()
    undone = client.post(f"{path}/undo")
    again = client.post(f"{path}/undo")

    assert (preview["effective_at"], preview["next"]["total_minor"]) == ("2026-02-28T00:00:00Z", 3600)
    assert scheduled["scheduled_change"]["plan"]["code"] == "seats"
    assert (undone.status_code, undone.json()["scheduled_change"]) == (200, None)
    assert (again.status_code, again.json()["code"]) == (409, "change_not_pending")


@pytest.mark.django_db
def test_change_of_nothing_is_refused() -> None:
    customer = on_a_clock()
    subscription = subscribe_to(customer=customer, card=False).subscription
    client = make_api_client(brand=customer.brand)
    path = f"{SUBSCRIPTIONS}/{subscription.public_id}/change"

    empty = client.post(path, {})
    same = client.post(path, {"plan": subscription.plan_version.plan.code})

    assert (empty.status_code, empty.json()["errors"][0]["field"]) == (422, "plan")
    assert (same.status_code, same.json()["code"]) == (409, "plan_change_refused")


@pytest.mark.django_db
def test_cancel_at_period_end_leaves_it_running() -> None:
    customer = on_a_clock()
    subscription = subscribe_to(customer=customer, card=False).subscription
    client = make_api_client(brand=customer.brand)
    path = f"{SUBSCRIPTIONS}/{subscription.public_id}/cancel"

    canceled = client.post(path, {"reason": "unused", "comment": "Too little time"}).json()
    reserved = client.post(path, {"reason": "payment_failed"})

    assert (canceled["status"], canceled["ended_at"]) == ("active", None)
    change = canceled["scheduled_change"]
    assert (change["kind"], change["reason"], change["comment"]) == ("cancel", "unused", "Too little time")
    assert change["effective_at"] == "2026-02-28T00:00:00Z"
    assert reserved.status_code == 422


@pytest.mark.django_db
def test_cancel_now_bills_the_usage_so_far() -> None:
    customer = on_a_clock()
    plan = make_plan(prices=[flat_price(), metered_price(make_meter(code="calls"), unit_amount="0.10")])
    subscription = subscribe_to(plan, customer=customer, card=False).subscription
    customer.test_clock.now_at = utc(2026, 2, 10)
    customer.test_clock.save(update_fields=["now_at"])
    send(customer, *(make_event(customer, "calls", timestamp=utc(2026, 2, 1)) for _ in range(5)))
    client = make_api_client(brand=customer.brand)
    path = f"{SUBSCRIPTIONS}/{subscription.public_id}"

    upcoming = client.get(f"/api/v1/customers/{customer.public_id}/upcoming_invoices").json()
    canceled = client.post(f"{path}/cancel", {"timing": "now"}).json()
    twice = client.post(f"{path}/cancel", {"timing": "now"})

    assert upcoming["as_of"] == "2026-02-10T00:00:00Z"
    (bill,) = upcoming["data"]
    assert (bill["subscription"], bill["total_minor"]) == (subscription.public_id, 2950)
    assert (canceled["status"], canceled["ended_at"]) == ("canceled", "2026-02-10T00:00:00Z")
    assert (canceled["cancel_reason"], canceled["items"]) == ("other", [])
    newest = client.get("/api/v1/invoices").json()["data"][0]
    assert newest["total_minor"] == 50
    assert (twice.status_code, twice.json()["code"]) == (409, "subscription_refused")


@pytest.mark.django_db
def test_void_stops_collecting_and_recovers_the_subscription() -> None:
    customer = on_a_clock()
    subscribed = subscribe_to(customer=customer, card=False)
    (invoice,) = subscribed.invoices
    mark_past_due(subscription_id=subscribed.subscription.pk, at=STARTED_AT, invoice_id=invoice.public_id)
    client = make_api_client(brand=customer.brand)
    path = f"/api/v1/invoices/{invoice.public_id}/void"

    voided = client.post(path, {"reason": "Ordered twice"}).json()
    again = client.post(path, {"reason": "Ordered twice"})

    assert (voided["status"], voided["number"]) == ("void", invoice.number)
    assert voided["voided_at"] == "2026-01-31T09:30:00Z"
    assert case_of(invoice).status == CollectionStatus.SETTLED
    subscribed.subscription.refresh_from_db()
    assert subscribed.subscription.status == SubscriptionStatus.ACTIVE
    assert (again.status_code, again.json()["code"]) == (409, "invoice_refused")
    assert client.post(path, {}).status_code == 422


@pytest.mark.django_db
def test_void_waits_for_a_payment_under_way() -> None:
    customer = on_a_clock()
    (invoice,) = subscribe_to(customer=customer, card=False).invoices
    open_attempt(invoice_id=invoice.pk, at=STARTED_AT, sent_at=STARTED_AT)
    client = make_api_client(brand=customer.brand)

    refused = client.post(f"/api/v1/invoices/{invoice.public_id}/void", {"reason": "Ordered twice"})

    assert (refused.status_code, refused.json()["code"]) == (409, "invoice_refused")
    invoice.refresh_from_db()
    assert invoice.status == "open"
    assert Payment.objects.get().status == PaymentStatus.SENDING


@pytest.mark.django_db
def test_clock_is_told_to_advance() -> None:
    test_clock = make_test_clock(now_at=STARTED_AT)
    client = make_api_client(brand=test_clock.brand)
    path = f"/api/v1/test_clocks/{test_clock.public_id}"

    far = client.post(f"{path}/advance", {"to": "2096-01-01T00:00:00Z"})
    back = client.post(f"{path}/advance", {"to": "2026-01-01T00:00:00Z"})
    asked = client.post(f"{path}/advance", {"to": "2026-03-01T00:00:00Z"})
    again = client.post(f"{path}/advance", {"to": "2026-03-01T00:00:00Z"})

    assert (far.status_code, far.json()["errors"][0]["field"]) == (422, "to")
    assert (back.status_code, again.status_code) == (409, 409)
    assert asked.status_code == 202
    assert (asked.json()["status"], asked.json()["target_at"]) == ("advancing", "2026-03-01T00:00:00Z")


@pytest.mark.real_commits
def test_clock_advances_and_bills_what_came_due() -> None:
    customer = make_customer(test_clock=make_test_clock(now_at=STARTED_AT))
    subscribe_to(customer=customer, card=False, collection_method="send_invoice")
    assert customer.test_clock is not None
    client = make_api_client(brand=customer.brand)
    path = f"/api/v1/test_clocks/{customer.test_clock.public_id}"

    client.post(f"{path}/advance", {"to": "2026-04-01T00:00:00Z"}, headers={"Idempotency-Key": "a1"})
    # What a worker does when the bell rings.
    advance_clocks()

    clock = client.get(path).json()
    assert (clock["status"], clock["now_at"]) == ("ready", "2026-04-01T00:00:00Z")
    invoices = client.get("/api/v1/invoices").json()["data"]
    assert [invoice["created_at"] for invoice in invoices] == [
        "2026-03-31T00:00:00Z",
        "2026-02-28T00:00:00Z",
        "2026-01-31T09:30:00Z",
    ]


@pytest.mark.real_commits
def test_twenty_requests_with_one_key_make_one_subscription() -> None:
    brand = make_brand()
    customer = make_customer(brand=brand)
    make_card(customer)
    make_plan(code="team")
    client = make_api_client(brand=brand)
    barrier = Barrier(20)

    def subscribe_once(_: int) -> tuple[int, str]:
        try:
            barrier.wait()
            answer = client.post(
                SUBSCRIPTIONS,
                {"customer": customer.public_id, "plan": "team"},
                headers={"Idempotency-Key": "order-1"},
            )
            return answer.status_code, answer.json().get("id") or answer.json()["code"]
        finally:
            connection.close()

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(subscribe_once, range(20)))

    made = Subscription.objects.get()
    assert (201, made.public_id) in answers
    assert set(answers) <= {(201, made.public_id), (409, "request_in_progress")}
    assert subscribe_once_more(client, customer.public_id) == (201, made.public_id, "true")
    assert (Invoice.objects.count(), IdempotencyRecord.objects.count()) == (1, 1)


def subscribe_once_more(client: Any, customer_id: str) -> tuple[int, str, str]:
    answer = client.post(
        SUBSCRIPTIONS,
        {"customer": customer_id, "plan": "team"},
        headers={"Idempotency-Key": "order-1"},
    )
    return answer.status_code, answer.json()["id"], answer["Idempotent-Replayed"]
