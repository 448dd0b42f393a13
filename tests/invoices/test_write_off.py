"""What is given up is bad debt until it comes after all; the books balance at every step."""

from __future__ import annotations

import pytest

from apps.audit.models import Event
from apps.invoices.enums import Disposition, InvoiceStatus
from apps.invoices.errors import InvoiceRefused
from apps.invoices.models import Invoice
from apps.invoices.services.apply_balance import apply_balance
from apps.invoices.services.apply_payment import apply_payment
from apps.invoices.services.void import void_invoice
from apps.invoices.services.void_credit_note import void_credit_note
from apps.invoices.services.write_off import write_off
from apps.ledger.selectors import trial_balance
from apps.wallets.services.adjust import adjust_balance
from tests.factories.billing import STARTED_AT
from tests.factories.credit_notes import make_credit_note
from tests.factories.invoices import issue_invoice

pytestmark = pytest.mark.django_db


def books(invoice: Invoice) -> dict[str, int]:
    """The balances of all accounts but those at zero."""
    rows = trial_balance(brand_id=invoice.brand_id, livemode=invoice.livemode)
    return {row.account_code: row.balance_minor for row in rows if row.balance_minor}


def written_off(amount_minor: int = 2900) -> Invoice:
    invoice = issue_invoice(amount_minor)
    return write_off(invoice_id=invoice.pk, at=STARTED_AT, reason="Moved away")


def test_what_is_due_becomes_bad_debt() -> None:
    invoice = issue_invoice(2900)
    apply_payment(invoice_id=invoice.pk, amount_minor=900, at=STARTED_AT, payment_id="pay_1")

    given_up = write_off(invoice_id=invoice.pk, at=STARTED_AT, reason="Moved away")

    assert (given_up.status, given_up.due_minor) == (InvoiceStatus.UNCOLLECTIBLE, 2000)
    # The factory's payment books nothing of its own: 900 of the receivable are still in the books.
    assert books(invoice) == {"receivable": 900, "bad_debt": 2000, "revenue": -2900}
    event = Event.objects.get(name="invoice.marked_uncollectible")
    assert event.data == {"reason": "Moved away", "due_minor": 2000, "currency": "EUR"}


def test_later_payments_are_booked_back_as_they_come() -> None:
    invoice = written_off()

    first = apply_payment(invoice_id=invoice.pk, amount_minor=1000, at=STARTED_AT, payment_id="pay_1")
    after_first = books(invoice)
    last = apply_payment(invoice_id=invoice.pk, amount_minor=1900, at=STARTED_AT, payment_id="pay_2")

    assert (first.status, last.status) == (InvoiceStatus.UNCOLLECTIBLE, InvoiceStatus.PAID)
    assert after_first == {"receivable": 1000, "bad_debt": 1900, "revenue": -2900}
    assert books(invoice) == {"receivable": 2900, "revenue": -2900}


def test_balance_that_pays_is_booked_back() -> None:
    invoice = written_off()
    adjust_balance(customer=invoice.customer, currency="EUR", amount_minor=2900, note="Sorry", at=STARTED_AT)

    paid = apply_balance(invoice_id=invoice.pk, key="k", at=STARTED_AT)

    assert paid.status == InvoiceStatus.PAID
    assert books(invoice) == {"goodwill": 2900, "revenue": -2900}


def test_credit_note_takes_from_the_bad_debt_and_its_voiding_puts_it_back() -> None:
    invoice = written_off()
    note = make_credit_note(invoice.lines.get(), 400, disposition=Disposition.OFFSET)
    credited = books(invoice)

    void_credit_note(credit_note_id=note.pk, at=STARTED_AT, reason="Wrong line")

    assert credited["bad_debt"] == 2500
    assert "receivable" not in credited
    assert books(invoice) == {"bad_debt": 2900, "revenue": -2900}


@pytest.mark.parametrize("way_out", [write_off, void_invoice])
def test_what_is_written_off_is_neither_written_off_again_nor_voided(way_out) -> None:
    invoice = written_off()

    with pytest.raises(InvoiceRefused):
        way_out(invoice_id=invoice.pk, at=STARTED_AT, reason="Again")

    assert books(invoice) == {"bad_debt": 2900, "revenue": -2900}


def test_paid_invoice_is_not_written_off() -> None:
    invoice = issue_invoice(2900)
    apply_payment(invoice_id=invoice.pk, amount_minor=2900, at=STARTED_AT, payment_id="pay_1")

    with pytest.raises(InvoiceRefused):
        write_off(invoice_id=invoice.pk, at=STARTED_AT, reason="Late")
