"""Twenty at one payment: never more goes back than came. The guards are taken away once, to see it."""

from __future__ import annotations

import pytest
from django.db import connection
from django.db.models import Sum

from apps.invoices.models import Invoice
from apps.ledger.models import Entry
from apps.payments.enums import PaymentStatus
from apps.payments.errors import RefundRefused
from apps.payments.models import Payment, Refund
from apps.payments.services import request_refund
from tests.billing.collection.test_collect_concurrently import WORKERS, at_once
from tests.factories.refunds import make_paid, refund
from tests.fixtures.gateway import GatewaySandbox

pytestmark = pytest.mark.real_commits

CAP = "payments_payment_returns_no_more_than_it_took"


def reserve_by_reading(*, payment_id: int, amount_minor: int) -> None:
    """The guard removed: what is left is read, and counted by another statement."""
    known = Payment.objects.get(pk=payment_id)
    if known.status != PaymentStatus.SUCCEEDED or known.refundable_minor < amount_minor:
        raise RefundRefused("Less than that is left of the payment.")
    Payment.objects.filter(pk=payment_id).update(returned_minor=known.returned_minor + amount_minor)


def asked_back() -> int:
    return int(Refund.objects.aggregate(sum=Sum("amount_minor"))["sum"])


def test_twenty_who_refund_a_third_get_three_thirds(gateway: GatewaySandbox) -> None:
    payment = make_paid(gateway)

    results = at_once(lambda: refund(payment, 900))

    payment.refresh_from_db()
    refused = [result for result in results if isinstance(result, RefundRefused)]
    assert (len(refused), payment.returned_minor) == (WORKERS - 3, 2700)
    assert [each["amount"] for each in gateway.control.refunds()] == [900, 900, 900]
    clearing = Entry.objects.filter(account__code="gateway_clearing")
    assert sorted(clearing.values_list("amount_minor", flat=True)) == [-900, -900, -900, 2900]


def test_without_the_guards_twenty_ask_for_more_than_came(
    gateway: GatewaySandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    from apps.billing.services.refunds import refund_payment

    payment = make_paid(gateway)
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE payments_payment DROP CONSTRAINT {CAP}")
    monkeypatch.setattr(request_refund, "reserve", reserve_by_reading)
    monkeypatch.setattr(
        request_refund, "lock_invoice", lambda *, invoice_id: Invoice.objects.get(pk=invoice_id)
    )
    monkeypatch.setattr(refund_payment, "lock_customer", lambda *, customer_id: None)

    at_once(lambda: refund(payment, 900))

    assert asked_back() > 2900


def test_the_statement_alone_holds_without_any_lock(
    gateway: GatewaySandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    from apps.billing.services.refunds import refund_payment

    payment = make_paid(gateway)
    monkeypatch.setattr(
        request_refund, "lock_invoice", lambda *, invoice_id: Invoice.objects.get(pk=invoice_id)
    )
    monkeypatch.setattr(refund_payment, "lock_customer", lambda *, customer_id: None)

    at_once(lambda: refund(payment, 900))

    assert asked_back() == 2700
