"""Requests to a subscription over HTTP: each with its preview, and the token that does exactly that."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from apps.customers.models import Customer
from apps.invoices.models import CreditNote, Invoice
from apps.subscriptions.models import ScheduledChange, Subscription
from apps.wallets.services.adjust import adjust_balance
from tests.factories.api_clients import make_api_client
from tests.factories.billing import subscribe_to, utc
from tests.factories.customers import make_customer, make_test_clock
from tests.factories.plans import flat_price, make_plan

pytestmark = pytest.mark.django_db

START = utc(2026, 6, 1)
MIDDLE = utc(2026, 6, 16, 10)


@pytest.fixture
def subscription() -> Subscription:
    customer = make_customer(test_clock=make_test_clock(now_at=START))
    made = subscribe_to(make_plan(prices=[flat_price("30.00")]), customer=customer, at=START).subscription
    move_clock(customer, MIDDLE)
    make_plan(code="big", prices=[flat_price("60.00")])
    return made


def move_clock(customer: Customer, at: datetime) -> None:
    clock = customer.test_clock
    assert clock is not None
    clock.now_at = at
    clock.save(update_fields=["now_at"])


def post(subscription: Subscription, verb: str, body: dict[str, Any] | None = None, **headers: str) -> Any:
    client = make_api_client(brand=subscription.brand)
    path = f"/api/v1/subscriptions/{subscription.public_id}/{verb}"
    return client.post(path, body or {}, headers={name.replace("_", "-"): v for name, v in headers.items()})


def test_preview_tells_lines_sums_and_what_comes_next(subscription: Subscription) -> None:
    preview = post(subscription, "change/preview", {"plan": "big", "timing": "now"}).json()

    assert (preview["object"], preview["kind"], preview["plan"]) == ("change_preview", "change", "big")
    assert (preview["at"], preview["effective_at"]) == ("2026-06-16T10:00:00Z", "2026-06-16T10:00:00Z")
    (invoice,) = preview["now"]["invoices"]
    assert [line["amount_minor"] for line in invoice["lines"]] == [3000, -1500]
    assert invoice["lines"][0]["explanation"][1] == "15 of 30 days: €30.00"
    assert (invoice["total_minor"], preview["now"]["due_minor"]) == (1500, 1500)
    assert (preview["next"]["at"], preview["next"]["total_minor"]) == ("2026-07-01T00:00:00Z", 6000)
    assert Invoice.objects.count() == 1


def test_token_does_what_was_shown_and_only_once(subscription: Subscription) -> None:
    preview = post(subscription, "change/preview", {"plan": "big", "timing": "now"}).json()
    token = {"preview_token": preview["preview_token"]}

    changed = post(subscription, "change", token)
    again = post(subscription, "change", token)

    assert (changed.status_code, changed.json()["plan"]["code"]) == (200, "big")
    assert Invoice.objects.latest("pk").total_minor == preview["now"]["due_minor"]
    assert (again.status_code, again.json()["code"]) == (409, "preview_outdated")
    assert again.json()["preview"] is None
    assert Invoice.objects.count() == 2


def test_outdated_token_is_answered_with_the_new_preview(subscription: Subscription) -> None:
    body = {"plan": "big", "timing": "now"}
    token = post(subscription, "change/preview", body).json()["preview_token"]
    adjust_balance(customer=subscription.customer, currency="EUR", amount_minor=500, note="Gift", at=MIDDLE)

    refused = post(subscription, "change", {"preview_token": token}, Idempotency_Key="k1")

    assert (refused.status_code, refused.json()["type"]) == (409, "urn:monetize:problem:preview_outdated")
    assert refused["Content-Type"] == "application/problem+json"
    anew = refused.json()["preview"]
    assert (anew["now"]["due_minor"], anew["balance_before_minor"]) == (1000, 500)
    assert Invoice.objects.count() == 1
    done = post(subscription, "change", {"preview_token": anew["preview_token"]}, Idempotency_Key="k2")
    assert done.status_code == 200
    replayed = post(subscription, "change", {"preview_token": anew["preview_token"]}, Idempotency_Key="k2")
    assert (replayed.status_code, replayed["Idempotent-Replayed"]) == (200, "true")
    assert Invoice.objects.latest("pk").due_minor == 1000


def test_cancel_now_with_a_refund_is_shown_and_done(subscription: Subscription) -> None:
    body = {"timing": "now", "unused_part": "refund"}

    preview = post(subscription, "cancel/preview", body).json()
    canceled = post(subscription, "cancel", {"preview_token": preview["preview_token"]}).json()

    (note,) = preview["now"]["credit_notes"]
    assert (note["total_minor"], note["offset_minor"], note["refund_minor"]) == (1500, 1500, 0)
    assert note["invoice_number"] == Invoice.objects.get().number
    assert (canceled["status"], canceled["ended_at"]) == ("canceled", "2026-06-16T10:00:00Z")
    assert CreditNote.objects.get().total_minor == 1500


def test_cancel_on_a_day(subscription: Subscription) -> None:
    day = "2026-07-11T00:00:00+00:00"

    preview = post(subscription, "cancel/preview", {"timing": day}).json()
    canceled = post(subscription, "cancel", {"timing": day}).json()

    assert (preview["effective_at"], preview["now"]["due_minor"]) == ("2026-07-11T00:00:00Z", 0)
    assert canceled["scheduled_change"]["effective_at"] == "2026-07-11T00:00:00Z"


def test_pause_and_resume_with_previews(subscription: Subscription) -> None:
    pausing = post(subscription, "pause/preview", {"resume_at": "2026-08-01T00:00:00Z"}).json()
    paused = post(subscription, "pause", {"preview_token": pausing["preview_token"]}).json()
    resuming = post(subscription, "resume/preview").json()
    resumed = post(subscription, "resume", {"preview_token": resuming["preview_token"]}).json()

    assert pausing["balance_after_minor"] == 1500
    assert paused["status"] == "paused"
    assert (resuming["now"]["total_minor"], resuming["now"]["due_minor"]) == (1500, 0)
    assert resumed["status"] == "active"


def test_undo_says_what_comes_instead(subscription: Subscription) -> None:
    scheduled = post(subscription, "change", {"plan": "big", "timing": "period_end"}).json()
    change = {"change": scheduled["scheduled_change"]["id"]}

    preview = post(subscription, "undo/preview", change).json()
    undone = post(subscription, "undo", change).json()

    assert preview["next"]["total_minor"] == 3000
    assert undone["scheduled_change"] is None


@pytest.mark.parametrize(
    ("verb", "body", "field"),
    [
        ("change", {}, "plan"),
        ("change", {"plan": "big", "timing": "tomorrow"}, "timing"),
        ("change", {"plan": "big", "timing": "2026-07-11T00:00:00"}, "timing"),
        ("change", {"plan": "big", "preview_token": "x"}, "preview_token"),
        ("change", {"preview_token": "x"}, "preview_token"),
        ("cancel", {"unused_part": "keep"}, "unused_part"),
        ("pause", {"resume_at": "soon"}, "resume_at"),
    ],
)
def test_input_that_makes_no_sense_is_named(
    subscription: Subscription, verb: str, body: dict[str, Any], field: str
) -> None:
    answer = post(subscription, verb, body)

    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)
    assert not ScheduledChange.objects.exists()


def test_token_of_another_request_is_refused(subscription: Subscription) -> None:
    token = post(subscription, "cancel/preview").json()["preview_token"]

    answer = post(subscription, "change", {"preview_token": token})

    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "preview_token")
