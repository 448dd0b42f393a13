"""Fifty at once finalise, and one in five takes it back: no gap and no double, and what holds it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from threading import Barrier
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from apps.accounts.enums import ZeroInvoicePolicy
from apps.accounts.models import Brand
from apps.customers.models import Customer
from apps.invoices.enums import SeriesKind, SeriesReset
from apps.invoices.models import Invoice, NumberSeries
from apps.invoices.numbering import NumberTerms
from apps.invoices.services import next_number as numbers
from apps.invoices.services.change_number_rule import change_number_rule
from apps.invoices.services.finalize import finalize_invoice
from tests.factories.billing import utc
from tests.factories.customers import make_brand, make_customer
from tests.factories.invoices import make_draft

pytestmark = pytest.mark.real_commits

THREADS = 50
ROUNDS = 4
NEW_YEAR = utc(2027, 1, 1)
YEARLY = NumberTerms("ACME", "{prefix}-{year}-{number:06d}", SeriesReset.YEARLY)


def attack(customer: Customer, instants: tuple[datetime, ...]) -> list[bool]:
    """Whether each of the threads kept what it had finalised, over all rounds."""
    kept = []
    for _ in range(ROUNDS):
        drafts = [make_draft([], customer=customer).pk for _ in range(THREADS)]
        barrier = Barrier(THREADS)
        jobs = [(key, place % 5 == 0, instants[place % len(instants)]) for place, key in enumerate(drafts)]
        with ThreadPoolExecutor(THREADS) as pool:
            kept += list(pool.map(one_of(barrier), jobs))
    return kept


def one_of(barrier: Barrier) -> Callable[[tuple[int, bool, datetime]], bool]:
    def finalize_or_abort(job: tuple[int, bool, datetime]) -> bool:
        invoice_id, aborts, at = job
        try:
            connection.ensure_connection()
            barrier.wait(60)
            with transaction.atomic():
                finalize_invoice(invoice_id=invoice_id, at=at)
                transaction.set_rollback(aborts)
            return not aborts
        except DatabaseError:
            return False
        finally:
            connection.close()

    return finalize_or_abort


def counts(prefix: str) -> list[int]:
    """The counts of the issued numbers of a series, in order."""
    found = Invoice.objects.filter(number__startswith=prefix).values_list("number", flat=True)
    return sorted(int(str(number).rsplit("-", 1)[1]) for number in found)


def a_customer() -> Customer:
    brand = make_brand(invoice_prefix="ACME", zero_invoice_policy=ZeroInvoicePolicy.ISSUE)
    change_number_rule(brand=brand, kind=SeriesKind.INVOICE, terms=YEARLY, at=utc(2026, 6, 1))
    return make_customer(brand=brand)


def test_fifty_who_finalise_leave_no_gap_and_no_double_in_either_year() -> None:
    kept = attack(a_customer(), (utc(2026, 12, 31, 23, 59), NEW_YEAR))

    assert sum(kept) == THREADS * ROUNDS * 4 // 5
    half = THREADS * ROUNDS * 2 // 5
    assert counts("ACME-TEST-2026") == list(range(1, half + 1))
    assert counts("ACME-TEST-2027") == list(range(1, half + 1))


def test_reading_first_and_writing_then_numbers_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    # The same run with the guards removed: the UPDATE that counts under the row's lock, and the unique key.
    def read_then_write(brand: Brand, livemode: bool, kind: SeriesKind, at: datetime) -> Any:
        row = NumberSeries.objects.filter(brand=brand, livemode=livemode, kind=kind, period="2027").first()
        if row is not None:
            NumberSeries.objects.filter(pk=row.pk).update(next_value=row.next_value + 1)
            row.next_value += 1
        return row

    monkeypatch.setattr(numbers, "_spend", read_then_write)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE invoices_invoice DROP CONSTRAINT invoices_number_once")

    attack(a_customer(), (NEW_YEAR,))

    found = counts("ACME-TEST-2027")
    assert found != list(range(1, len(found) + 1))
    assert len(set(found)) < len(found)
