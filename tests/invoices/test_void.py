from __future__ import annotations

import pytest

from apps.invoices.enums import InvoiceStatus
from apps.invoices.errors import InvoiceRefused
from apps.invoices.services.apply_payment import apply_payment
from apps.invoices.services.void import void_invoice
from apps.ledger.selectors import trial_balance
from tests.factories.billing import STARTED_AT, subscribe_to

pytestmark = pytest.mark.django_db


def test_voided_invoice_keeps_its_number_and_frees_its_charges() -> None:
    (invoice,) = subscribe_to().invoices

    void_invoice(invoice_id=invoice.pk, at=STARTED_AT, reason="wrong address")

    invoice.refresh_from_db()
    assert invoice.status == InvoiceStatus.VOID
    assert invoice.number is not None
    assert [line.voided_at for line in invoice.lines.all()] == [STARTED_AT]


def test_voiding_books_the_opposite() -> None:
    (invoice,) = subscribe_to().invoices

    void_invoice(invoice_id=invoice.pk, at=STARTED_AT, reason="wrong address")

    rows = trial_balance(brand_id=invoice.brand_id, livemode=False)
    assert {row.balance_minor for row in rows} <= {0}


def test_void_after_a_payment_is_refused() -> None:
    (invoice,) = subscribe_to().invoices
    apply_payment(invoice_id=invoice.pk, amount_minor=100, at=STARTED_AT, payment_id="pay_1")

    with pytest.raises(InvoiceRefused):
        void_invoice(invoice_id=invoice.pk, at=STARTED_AT, reason="too late")

    invoice.refresh_from_db()
    assert (invoice.status, invoice.paid_minor) == (InvoiceStatus.OPEN, 100)


def test_payments_add_up_until_nothing_is_due() -> None:
    (invoice,) = subscribe_to().invoices

    apply_payment(invoice_id=invoice.pk, amount_minor=900, at=STARTED_AT, payment_id="pay_1")
    paid = apply_payment(invoice_id=invoice.pk, amount_minor=2000, at=STARTED_AT, payment_id="pay_2")

    assert (paid.status, paid.due_minor, paid.paid_at) == (InvoiceStatus.PAID, 0, STARTED_AT)


def test_more_than_is_due_is_refused() -> None:
    (invoice,) = subscribe_to().invoices

    with pytest.raises(InvoiceRefused) as refused:
        apply_payment(invoice_id=invoice.pk, amount_minor=2901, at=STARTED_AT, payment_id="pay_1")

    assert refused.value.field == "amount_minor"
    invoice.refresh_from_db()
    assert invoice.paid_minor == 0
