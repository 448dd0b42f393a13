from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.billing.services.corrections.credit_invoice import credit_invoice
from apps.billing.services.corrections.void_unpaid import void_unpaid_invoice
from apps.billing.services.run.bill_customer import bill_customer
from apps.billing.services.run.preview import preview_next_bill
from apps.billing.services.subscriptions.cancel import cancel_now
from apps.billing.services.usage.rate_late_usage import rate_late_usage
from apps.invoices.enums import CreditReason, Disposition
from apps.invoices.models import CreditNote, Invoice, InvoiceLine
from apps.invoices.services.plan_credit import CreditItem
from apps.plans.enums import LateUsage
from apps.subscriptions.models import SubscriptionPeriod
from tests.billing.usage.late import APRIL, FEB, JAN, MARCH, MAY, bill, report, short, subscribed, void
from tests.factories.billing import subscribe_to, utc
from tests.factories.usage import make_event, send

pytestmark = pytest.mark.django_db

TIERS = [{"up_to": "2", "unit_amount": "2"}, {"up_to": None, "unit_amount": "1"}]


def test_late_usage_is_a_line_of_its_own_period_on_the_next_invoice() -> None:
    subscription = subscribed()
    report(subscription, utc(2026, 1, 5))
    assert short(bill(subscription, FEB)) == [("Jan", 1, 200)]

    report(subscription, utc(2026, 1, 6), utc(2026, 1, 7), utc(2026, 2, 6))
    lines = bill(subscription, MARCH)

    assert short(lines) == [("Feb", 1, 200), ("Jan", 2, 400)]
    late = lines[1]
    assert late.charge_key.endswith(":20260101T000000Z::usage:1")
    assert (late.kind, late.period_ends_at) == ("usage", FEB)
    assert late.description.startswith("Late usage: ")
    assert late.trace["steps"][0] == {"kind": "rated_again", "inputs": {"units": "3", "billed_units": "1"}}


def test_late_usage_of_a_period_that_billed_none_is_its_first_line() -> None:
    subscription = subscribed()
    assert bill(subscription, FEB) == []

    report(subscription, utc(2026, 1, 6))

    (line,) = bill(subscription, MARCH)
    assert (line.amount_minor, line.charge_key[-1]) == (200, "0")


def test_each_late_event_is_billed_once_however_often_the_period_is_rated() -> None:
    subscription = subscribed()
    bill(subscription, FEB)
    report(subscription, utc(2026, 1, 6))
    bill(subscription, MARCH)
    report(subscription, utc(2026, 1, 7), utc(2026, 1, 8))

    assert short(bill(subscription, APRIL)) == [("Jan", 2, 400)]
    assert bill(subscription, MAY) == []


def test_late_usage_is_priced_by_the_tiers_of_its_whole_period() -> None:
    subscription = subscribed(price={"model": "graduated", "parameters": {"tiers": TIERS}})
    report(subscription, utc(2026, 1, 5))
    bill(subscription, FEB)

    report(subscription, utc(2026, 1, 6), utc(2026, 1, 7), utc(2026, 1, 8))

    # 4 calls cost 2 + 2 + 1 + 1, of which 2 were billed.
    assert short(bill(subscription, MARCH)) == [("Jan", 3, 400)]


def test_a_voided_event_is_a_negative_line_that_takes_back_what_billed_it() -> None:
    subscription = subscribed()
    report(subscription, utc(2026, 1, 5))
    event = make_event(subscription.customer, "call", timestamp=utc(2026, 1, 6))
    send(subscription.customer, event)
    (billed,) = bill(subscription, FEB)

    void(subscription, event.id)
    (line,) = bill(subscription, MARCH)

    assert (line.amount_minor, line.quantity, line.credits_line_id) == (-200, -1, billed.pk)
    assert line.invoice.total_minor == 800


def test_what_goodwill_gave_back_is_not_given_back_again() -> None:
    subscription = subscribed()
    event = make_event(subscription.customer, "call", timestamp=utc(2026, 1, 6))
    send(subscription.customer, event)
    (billed,) = bill(subscription, FEB)
    give_back(billed, CreditReason.OTHER)

    void(subscription, event.id)

    assert bill(subscription, MARCH) == []


def test_a_credit_note_that_corrects_usage_counts_as_taken_back() -> None:
    subscription = subscribed()
    event = make_event(subscription.customer, "call", timestamp=utc(2026, 1, 6))
    send(subscription.customer, event)
    (billed,) = bill(subscription, FEB)
    give_back(billed, CreditReason.USAGE_CORRECTION)

    void(subscription, event.id)
    assert bill(subscription, MARCH) == []

    report(subscription, utc(2026, 1, 7))
    assert short(bill(subscription, APRIL)) == [("Jan", 0, 200)]


def test_a_void_invoice_billed_nothing() -> None:
    subscription = subscribed()
    report(subscription, utc(2026, 1, 5))
    (billed,) = bill(subscription, FEB)
    void_unpaid_invoice(invoice_id=billed.invoice_id, reason="wrong", at=FEB)

    report(subscription, utc(2026, 1, 6))
    (line,) = bill(subscription, MARCH)

    assert (line.amount_minor, line.charge_key[-1]) == (400, "1")


@pytest.mark.parametrize(("periods", "billed"), [(None, 200), (2, 200), (1, 0), (0, 0)])
def test_the_limit_counts_back_from_the_invoice_that_would_carry_it(periods: int | None, billed: int) -> None:
    subscription = subscribed(late_usage_periods=periods)
    bill(subscription, FEB)
    bill(subscription, MARCH)

    report(subscription, utc(2026, 1, 6))

    # The invoice of 1 April bills March; January is two periods back.
    assert sum(line.amount_minor for line in bill(subscription, APRIL)) == billed


def test_late_usage_is_ignored_where_the_meter_says_so() -> None:
    subscription = subscribed(late_usage=LateUsage.IGNORED)
    bill(subscription, FEB)

    report(subscription, utc(2026, 1, 6))

    assert bill(subscription, MARCH) == []


def test_the_last_invoice_of_a_canceled_subscription_carries_late_usage() -> None:
    subscription = subscribed()
    bill(subscription, FEB)
    report(subscription, utc(2026, 1, 6))

    (invoice,) = cancel_now(subscription_id=subscription.pk, reason="other", comment="", at=utc(2026, 2, 10))

    assert short(list(invoice.lines.all())) == [("Jan", 1, 200)]


def test_a_correcting_meter_gives_back_by_credit_note_at_the_boundary() -> None:
    subscription = subscribed(late_usage=LateUsage.CORRECTION)
    event = make_event(subscription.customer, "call", timestamp=utc(2026, 1, 6))
    send(subscription.customer, event)
    (billed,) = bill(subscription, FEB)

    void(subscription, event.id)

    assert bill(subscription, MARCH) == []
    note = CreditNote.objects.get()
    assert (note.invoice_id, note.total_minor, note.reason) == (billed.invoice_id, 200, "usage_correction")


def test_the_preview_of_the_next_bill_shows_late_usage_and_leaves_it_there() -> None:
    subscription = subscribed()
    bill(subscription, FEB)
    report(subscription, utc(2026, 1, 6))

    preview = preview_next_bill(subscription=subscription)

    assert preview is not None
    assert preview.total.minor == 1200
    assert short(bill(subscription, MARCH)) == [("Jan", 1, 200)]


def test_looking_for_late_usage_is_one_query_and_none_without_a_meter() -> None:
    metered = subscribed()
    flat = subscribe_to(at=JAN).subscription
    # Rated from afar, nothing is above this watermark: in one transaction every event would be.
    bill(metered, FEB)
    SubscriptionPeriod.objects.filter(subscription=metered).update(closed_below=2**40)

    with CaptureQueriesContext(connection) as looked:
        rate_late_usage(subscription=metered, at=MARCH)
    with CaptureQueriesContext(connection) as spared:
        rate_late_usage(subscription=flat, at=MARCH)

    assert ["WITH counted" in query["sql"] for query in looked] == [False, True]
    assert "pg_snapshot_xmin" in looked[0]["sql"]
    assert len(spared) == 0


def test_two_subscriptions_rate_their_late_usage_apart() -> None:
    first = subscribed()
    second = subscribe_to(first.plan_version.plan, customer=first.customer, card=False, at=JAN).subscription
    bill_customer(customer_id=first.customer_id, at=FEB)

    report(first, utc(2026, 1, 6))
    invoices = bill_customer(customer_id=first.customer_id, at=MARCH)

    lines = InvoiceLine.objects.filter(invoice__in=invoices, kind="usage").order_by("pk")
    assert [(line.subscription_id, line.amount_minor) for line in lines] == [
        (first.pk, 200),
        (second.pk, 200),
    ]
    assert Invoice.objects.filter(customer=first.customer_id, created_at=MARCH).count() == 1


def give_back(line: InvoiceLine, reason: CreditReason) -> None:
    credit_invoice(
        invoice_id=line.invoice_id,
        items=[CreditItem(line_id=line.pk, amount_minor=line.amount_minor)],
        reason=reason,
        disposition=Disposition.BALANCE,
        at=FEB,
    )
