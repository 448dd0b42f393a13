"""Whether the ledger says what the documents say, and whether a difference is found."""

from __future__ import annotations

from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from apps.invoices.books_selectors import book_problems
from apps.invoices.enums import CreditReason, Disposition
from apps.invoices.models import Invoice
from apps.invoices.services.credit import CreditItem, issue_credit_note
from apps.invoices.services.recognize_revenue import recognize_revenue
from apps.ledger.services.post import Leg, post_transaction
from tests.factories.billing import REAL_TIME, utc
from tests.factories.invoices import issue_invoice, make_line

pytestmark = pytest.mark.django_db

NEW_YEAR = utc(2026, 1, 1)


def booked_invoice() -> Invoice:
    """With tax and deferred revenue, partly recognised and partly credited."""
    line = make_line(
        10000,
        tax_minor=1900,
        tax_rate=Decimal(19),
        taxes=[{"tax": 1, "percent": "19", "exact": "19.00", "minor": 1900}],
        period_starts_at=NEW_YEAR,
        period_ends_at=utc(2026, 2, 1),
    )
    invoice = issue_invoice(lines=[line], at=NEW_YEAR)
    recognize_revenue(scope=REAL_TIME, at=utc(2026, 1, 10))
    item = CreditItem(invoice.lines.get().pk, amount_minor=2000)
    issue_credit_note(
        invoice_id=invoice.pk,
        items=[item],
        reason=CreditReason.OTHER,
        disposition=Disposition.BALANCE,
        at=utc(2026, 1, 11),
    )
    return invoice


def problems(invoice: Invoice) -> list[str]:
    return book_problems(brand_id=invoice.brand_id, livemode=False)


def test_books_of_documents_have_no_problems() -> None:
    invoice = booked_invoice()
    out = StringIO()

    call_command("verify_books", stdout=out)

    assert problems(invoice) == []
    assert out.getvalue() == "The books say what the documents say.\n"


@pytest.mark.parametrize("account", ["deferred_revenue", "tax_payable"])
def test_entry_without_a_document_is_found(account: str) -> None:
    invoice = booked_invoice()
    before = {"deferred_revenue": 4775, "tax_payable": 1520}[account]
    post_transaction(
        key="by hand",
        brand_id=invoice.brand_id,
        livemode=False,
        at=NEW_YEAR,
        kind="manual",
        reference=("invoice", invoice.public_id),
        customer_id=None,
        legs=[Leg(account, 100, "EUR"), Leg("revenue", -100, "EUR")],
    )

    found = problems(invoice)

    assert found == [f"{account} is {before - 100} EUR; the documents say {before}."]
    with pytest.raises(CommandError, match=account):
        call_command("verify_books", stdout=StringIO())


def test_schedule_that_moved_without_a_movement_is_found() -> None:
    invoice = booked_invoice()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE invoices_recognitionschedule SET recognized_minor = recognized_minor + 7")

    found = problems(invoice)

    line = invoice.lines.get()
    assert f"The schedule of line {line.public_id} is not the sum of its movements." in found
    assert len(found) == 2
