from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from apps.billing.services.run.bill_customer import bill_customer
from apps.billing.services.subscriptions.cancel import cancel_now
from apps.invoices.models import CreditNote, Invoice
from apps.plans.enums import LateUsage
from apps.subscriptions.models import Subscription
from tests.billing.usage.late import FEB, bill, report, subscribed, void
from tests.factories.api_clients import make_api_client
from tests.factories.billing import utc
from tests.factories.customers import make_brand, make_customer, make_test_clock
from tests.factories.usage import make_event, send

pytestmark = pytest.mark.django_db
NOW = utc(2026, 2, 10)


def on_a_clock(now_at: datetime = NOW, *, grace: int = 0, **meter: Any) -> Subscription:
    """A metered subscription since 1 January of a customer whose present is 10 February."""
    brand = make_brand(invoice_grace_hours=grace)
    clock = make_test_clock(brand=brand, now_at=now_at)
    return subscribed(customer=make_customer(brand=brand, test_clock=clock), **meter)


def rerate(subscription: Subscription, **body: Any) -> dict[str, Any]:
    client = make_api_client(brand=subscription.brand)
    answer = client.post(f"/api/v1/subscriptions/{subscription.public_id}/rerate", body)
    assert answer.status_code == 200, answer.json()
    return dict(answer.json())


def test_a_dry_run_says_what_differs_and_changes_nothing() -> None:
    subscription = on_a_clock(late_usage=LateUsage.CORRECTION)
    report(subscription, utc(2026, 1, 5))
    bill(subscription, FEB)
    report(subscription, utc(2026, 1, 6), utc(2026, 1, 7))

    said = rerate(subscription)

    (one,) = said["data"]
    assert (said["dry_run"], said["invoices"], said["credit_notes"]) == (True, [], [])
    assert (one["period_starts_at"], one["period_ends_at"]) == (
        "2026-01-01T00:00:00Z",
        "2026-02-01T00:00:00Z",
    )
    assert (one["meter"], one["periods_back"]) == ("call", 1)
    assert (one["billed_quantity"], one["billed_minor"]) == ("1", 200)
    assert (one["quantity"], one["amount_minor"], one["difference_minor"]) == ("3", 600, 400)
    assert one["outcome"] == "supplement"
    assert Invoice.objects.count() == 2


def test_applied_it_issues_what_waits_for_no_invoice() -> None:
    subscription = on_a_clock(late_usage=LateUsage.CORRECTION)
    event = make_event(subscription.customer, "call", timestamp=utc(2026, 1, 6))
    send(subscription.customer, event)
    bill(subscription, FEB)
    void(subscription, event.id)

    said = rerate(subscription, dry_run=False)

    note = CreditNote.objects.get()
    assert [one["outcome"] for one in said["data"]] == ["credit_note"]
    assert (said["credit_notes"], said["invoices"]) == ([note.public_id], [])
    assert (note.total_minor, note.issued_at) == (200, NOW)
    assert [one["outcome"] for one in rerate(subscription)["data"]] == ["none"]


def test_what_the_next_invoice_carries_is_left_to_it() -> None:
    subscription = on_a_clock()
    bill(subscription, FEB)
    report(subscription, utc(2026, 1, 6))

    said = rerate(subscription, dry_run=False)

    assert [one["outcome"] for one in said["data"]] == ["next_invoice"]
    assert Invoice.objects.count() == 2


def test_after_the_end_every_meter_is_settled_at_once() -> None:
    subscription = on_a_clock()
    bill(subscription, FEB)
    cancel_now(subscription_id=subscription.pk, reason="other", comment="", at=NOW)
    report(subscription, utc(2026, 1, 6), utc(2026, 2, 6))

    said = rerate(subscription, dry_run=False)

    assert [(one["difference_minor"], one["outcome"]) for one in said["data"]] == [
        (200, "supplement"),
        (200, "supplement"),
    ]
    assert Invoice.objects.get(public_id=said["invoices"][0]).total_minor == 400


def test_a_draft_is_listed_and_finalised_by_the_api() -> None:
    subscription = on_a_clock(grace=48)
    bill_customer(customer_id=subscription.customer_id, at=FEB)
    report(subscription, utc(2026, 1, 6))
    client = make_api_client(brand=subscription.brand)

    (draft,) = client.get("/api/v1/invoices?status=draft").json()["data"]
    outcomes = [one["outcome"] for one in rerate(subscription)["data"]]
    final = client.post(f"/api/v1/invoices/{draft['id']}/finalize").json()
    again = client.post(f"/api/v1/invoices/{draft['id']}/finalize")

    assert (draft["number"], draft["finalize_at"]) == (None, "2026-02-03T00:00:00Z")
    assert outcomes == ["draft"]
    assert (final["status"], final["total_minor"], final["finalized_at"]) == (
        "open",
        1200,
        "2026-02-10T00:00:00Z",
    )
    assert (again.status_code, again.json()["code"]) == (409, "invoice_refused")


def test_a_customers_grace_can_be_set_and_has_a_limit() -> None:
    subscription = on_a_clock()
    client = make_api_client(brand=subscription.brand)
    path = f"/api/v1/customers/{subscription.customer.public_id}"

    assert client.patch(path, {"invoice_grace_hours": 72}).json()["invoice_grace_hours"] == 72
    assert client.patch(path, {"invoice_grace_hours": 721}).status_code == 422
