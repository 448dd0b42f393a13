"""Where a subscription's unused part goes, and which usage a bill takes: the odd cases of a boundary."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from apps.billing.services.corrections.void_unpaid import void_unpaid_invoice
from apps.billing.services.subscriptions.cancel import cancel_on
from apps.billing.services.subscriptions.change_plan import ChangeRequest, change_plan
from apps.invoices.enums import CreditReason, InvoiceStatus
from apps.invoices.errors import InvoiceRefused
from apps.invoices.models import CreditNote, Invoice
from apps.ledger.models import Transaction
from apps.plans.policies import Timing
from tests.billing.subscriptions.test_stop_with_credit import MIDDLE, bill, end, lines_of, plan_of, started
from tests.factories.billing import utc
from tests.factories.customers import make_customer
from tests.factories.plans import flat_price, make_meter, make_plan, metered_price
from tests.factories.usage import make_event, send

pytestmark = pytest.mark.django_db


def test_credit_note_of_an_end_that_a_late_run_makes_is_a_termination() -> None:
    subscription = started(plan_of(termination_credit="credit_note"))
    cancel_on(
        subscription_id=subscription.pk,
        effective_at=MIDDLE,
        reason="other",
        comment="",
        at=utc(2026, 6, 2),
    )

    bill(subscription, MIDDLE + timedelta(seconds=30))

    assert CreditNote.objects.get().reason == CreditReason.TERMINATION


def test_credit_note_of_a_closed_invoice_becomes_a_negative_line() -> None:
    prices = [flat_price("31.00"), metered_price(make_meter(code="call"), unit_amount="1.00")]
    customer = make_customer(invoice_grace_hours=48)
    subscription = started(make_plan(prices=prices), customer=customer)
    (draft,) = bill(subscription, utc(2026, 7, 1))
    # As invoices whose lines cancelled out were closed once.
    Invoice.objects.filter(pk=draft.pk).update(status=InvoiceStatus.CLOSED, finalized_at=utc(2026, 7, 1))

    end(subscription, at=utc(2026, 7, 21), unused_part="credit_note")

    (last,) = Invoice.objects.filter(created_at=utc(2026, 7, 21))
    assert lines_of(last) == [("credit", -1100)]
    assert last.lines.get().credits_line == draft.lines.get()
    assert not CreditNote.objects.exists()


def test_change_between_equal_prices_is_issued_and_credited_when_it_ends() -> None:
    subscription = started(plan_of())
    request = ChangeRequest(plan_code=plan_of().code, timing=Timing.NOW)

    (swap,) = change_plan(subscription_id=subscription.pk, request=request, at=MIDDLE).invoices
    end(subscription, at=utc(2026, 6, 21), unused_part="credit_note")

    assert lines_of(swap) == [("recurring", 1500), ("credit", -1500)]
    assert (swap.status, swap.number is None) == (InvoiceStatus.PAID, False)
    assert [note.total_minor for note in CreditNote.objects.all()] == [1000]


def test_usage_that_a_credit_pays_in_full_is_issued_and_booked() -> None:
    meter = make_meter(code="call")
    plan = make_plan(prices=[flat_price("30.00"), metered_price(meter, unit_amount="15.00")])
    subscription = started(plan)
    send(subscription.customer, make_event(subscription.customer, timestamp=utc(2026, 6, 5)))

    (last,) = end(subscription, unused_part="same_invoice")

    assert sorted(lines_of(last)) == [("credit", -1500), ("usage", 1500)]
    assert (last.status, last.number is None) == (InvoiceStatus.PAID, False)
    assert Transaction.objects.filter(reference_id=last.public_id).exists()


def test_credit_note_rounds_as_the_plan_that_billed() -> None:
    policies = {"amount_rounding": "truncate", "change_credit": "credit_note"}
    subscription = started(make_plan(prices=[flat_price("29.99")], version={"policies": policies}))
    later = make_plan(prices=[flat_price("29.99")], version={"policies": policies})

    request = ChangeRequest(plan_code=later.code, timing=Timing.NOW)
    (change,) = change_plan(subscription_id=subscription.pk, request=request, at=MIDDLE).invoices

    assert lines_of(change) == [("recurring", 1499)]
    note = CreditNote.objects.get()
    assert (note.total_minor, note.discount_minor) == (1499, 0)
    assert note.lines.get().exact_amount == Decimal("14.995")


def test_credit_note_of_a_change_is_used_as_the_old_plan_says() -> None:
    subscription = started(plan_of(change_credit="credit_note", credit_note_use="next_invoice"))
    request = ChangeRequest(plan_code=plan_of().code, timing=Timing.NOW)

    change_plan(subscription_id=subscription.pk, request=request, at=MIDDLE)

    note = CreditNote.objects.get()
    assert (note.balance_minor, note.offset_minor) == (1500, 0)


def test_an_invoice_that_a_change_has_taken_back_from_cannot_be_voided() -> None:
    subscription = started(make_plan(prices=[flat_price("60.00")]))
    original = Invoice.objects.get()
    request = ChangeRequest(plan_code=plan_of().code, timing=Timing.NOW)
    (change,) = change_plan(subscription_id=subscription.pk, request=request, at=MIDDLE).invoices

    with pytest.raises(InvoiceRefused, match=f"{change.number} has taken back from {original.number}"):
        void_unpaid_invoice(invoice_id=original.pk, reason="wrong", at=MIDDLE)

    assert lines_of(change) == [("recurring", 1500), ("credit", -3000)]
