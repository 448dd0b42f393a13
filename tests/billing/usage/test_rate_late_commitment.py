from __future__ import annotations

from datetime import timedelta

import pytest

from apps.billing.services.run.bill_customer import bill_customer
from apps.billing.services.run.finalize_waiting import finalize_waiting
from apps.billing.services.usage.settle_late_usage import settle_late_usage
from apps.customers.models import Customer
from apps.invoices.models import InvoiceLine
from apps.plans.enums import LateUsage
from apps.plans.models import MinimumCommitment, PlanVersion
from apps.subscriptions.models import Subscription
from tests.billing.usage.late import APRIL, FEB, JAN, MARCH, report, void
from tests.factories.billing import subscribe_to, utc
from tests.factories.customers import make_brand, make_customer
from tests.factories.plans import flat_price, make_meter, make_plan, metered_price
from tests.factories.usage import make_event, send

pytestmark = pytest.mark.django_db


def committed(customer: Customer | None = None, **meter: object) -> Subscription:
    """At least 30 EUR a month: a fee of 10 in arrears, and 2 EUR a call."""
    calls = make_meter(code="call", **meter)
    prices = [flat_price("10.00", timing="in_arrears"), metered_price(calls, unit_amount="2")]
    plan = make_plan(prices=prices, published=False)
    draft = PlanVersion.objects.get(plan=plan)
    MinimumCommitment.objects.create(version=draft, currency="EUR", amount_minor=3000)
    draft.status, draft.published_at = "published", JAN
    draft.save(update_fields=["status", "published_at"])
    return subscribe_to(plan, customer=customer, at=JAN).subscription


def bill(subscription: Subscription, at: object) -> list[tuple[str, str, int]]:
    """Kind, month and amount of what is billed beside the fee."""
    invoices = bill_customer(customer_id=subscription.customer_id, at=at)  # type: ignore[arg-type]
    lines = InvoiceLine.objects.filter(invoice__in=invoices).exclude(kind="recurring").order_by("pk")
    return [(line.kind, f"{line.period_starts_at:%b}", line.amount_minor) for line in lines]


def test_late_usage_counts_toward_the_commitment_of_its_period() -> None:
    subscription = committed()
    report(subscription, utc(2026, 1, 5))
    assert bill(subscription, FEB) == [("usage", "Jan", 200), ("commitment", "Jan", 1800)]

    report(subscription, utc(2026, 1, 6), utc(2026, 1, 7))

    assert bill(subscription, MARCH) == [
        ("commitment", "Feb", 2000),
        ("usage", "Jan", 400),
        ("commitment", "Jan", -400),
    ]


def test_late_usage_beyond_the_commitment_takes_the_whole_true_up_back() -> None:
    subscription = committed()
    assert bill(subscription, FEB) == [("commitment", "Jan", 2000)]

    report(subscription, *(utc(2026, 1, day) for day in range(2, 15)))

    late = bill(subscription, MARCH)[1:]
    assert late == [("usage", "Jan", 2600), ("commitment", "Jan", -2000)]
    report(subscription, utc(2026, 1, 20))
    assert bill(subscription, APRIL)[1:] == [("usage", "Jan", 200)]


def test_usage_that_is_given_back_is_missing_to_the_commitment() -> None:
    subscription = committed(late_usage=LateUsage.CORRECTION)
    event = make_event(subscription.customer, "call", timestamp=utc(2026, 1, 6))
    send(subscription.customer, event)
    bill(subscription, FEB)
    void(subscription, event.id)

    settled = settle_late_usage(subscription_id=subscription.pk, at=utc(2026, 2, 10))

    (note,), (invoice,) = settled.credit_notes, settled.invoices
    assert (note.total_minor, invoice.total_minor) == (200, 200)
    assert [line.kind for line in invoice.lines.all()] == ["commitment"]
    report(subscription, utc(2026, 1, 7))
    again = settle_late_usage(subscription_id=subscription.pk, at=utc(2026, 2, 11))
    assert [invoice.total_minor for invoice in again.invoices] == [200]
    assert [note.total_minor for note in again.credit_notes] == [200]


def test_a_draft_that_waits_is_topped_up_by_what_is_missing_when_it_is_finalised() -> None:
    brand = make_brand(invoice_grace_hours=48)
    subscription = committed(customer=make_customer(brand=brand))
    (draft,) = bill_customer(customer_id=subscription.customer_id, at=FEB)
    assert draft.total_minor == 3000
    report(subscription, utc(2026, 1, 6), utc(2026, 1, 7))

    final = finalize_waiting(invoice_id=draft.pk, at=FEB + timedelta(hours=48))

    assert final.total_minor == 3000
    lines = final.lines.order_by("position").values_list("kind", "amount_minor")
    assert sorted(lines) == [("commitment", 1600), ("recurring", 1000), ("usage", 400)]
