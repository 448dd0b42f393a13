"""What an installation deferred before there were schedules gets them when it migrates."""

from __future__ import annotations

import pytest
from django.core.management import call_command
from django.db import transaction

from apps.customers.models import Customer
from apps.invoices.books_selectors import book_problems
from apps.invoices.enums import Disposition, LineKind
from apps.invoices.models import RecognitionSchedule
from apps.invoices.services.recognize_revenue import recognize_revenue
from apps.invoices.services.void import void_invoice
from tests.factories.billing import REAL_TIME, utc
from tests.factories.credit_notes import make_credit_note
from tests.factories.customers import make_customer
from tests.factories.invoices import issue_invoice, make_line

NEW_YEAR = utc(2026, 1, 1)
JANUARY = {"period_starts_at": NEW_YEAR, "period_ends_at": utc(2026, 2, 1)}


def states() -> list[tuple[int, int, int]]:
    rows = RecognitionSchedule.objects.order_by("line_id")
    return [(row.deferred_minor, row.recognized_minor, row.credited_minor) for row in rows]


@transaction.atomic
def issue_and_credit(customer: Customer) -> None:
    """A fee of which a later invoice and a credit note took parts back, and one that was voided."""
    first = issue_invoice(lines=[make_line(3100, **JANUARY)], customer=customer, at=NEW_YEAR)
    taken = make_line(-600, kind=LineKind.CREDIT, credits_line=first.lines.get(), **JANUARY)
    issue_invoice(lines=[taken, make_line(6200, **JANUARY)], customer=customer, at=NEW_YEAR)
    gone = issue_invoice(lines=[make_line(900, **JANUARY)], customer=customer, at=NEW_YEAR)
    void_invoice(invoice_id=gone.pk, at=NEW_YEAR, reason="typo")
    make_credit_note(first.lines.get(), 1000, disposition=Disposition.BALANCE, at=NEW_YEAR)


@pytest.mark.real_commits
def test_lines_that_were_deferred_before_get_their_schedules() -> None:
    customer = make_customer()
    issue_and_credit(customer)
    before = states()[:2]

    call_command("migrate", "invoices", "0011", verbosity=0, skip_checks=True)
    call_command("migrate", verbosity=0, skip_checks=True)

    assert states() == before == [(1500, 0, 1600), (6200, 0, 0)]
    assert book_problems(brand_id=customer.brand_id, livemode=False) == []
    recognize_revenue(scope=REAL_TIME, at=utc(2026, 1, 11))
    assert states() == [(1017, 483, 1600), (4200, 2000, 0)]
