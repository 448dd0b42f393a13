from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from threading import Event
from time import sleep

import pytest
from django.db import connection, transaction

from apps.accounts.models import Brand
from apps.invoices.enums import SeriesKind
from apps.invoices.services.next_number import next_number
from tests.factories.billing import utc
from tests.factories.customers import make_brand

pytestmark = pytest.mark.real_commits

AT = utc(2026, 2, 1, 8)
INVOICE, CREDIT_NOTE = SeriesKind.INVOICE, SeriesKind.CREDIT_NOTE


@pytest.mark.parametrize("is_begun", [True, False])
def test_documents_numbered_in_two_orders_do_not_wait_for_each_other(is_begun: bool) -> None:
    brand = make_brand(invoice_prefix="ACME")
    if is_begun:
        spend(brand, CREDIT_NOTE, INVOICE)
    first_spent, second_runs = Event(), Event()

    def credit_note_last() -> list[str]:
        with closing(connection):
            return spend(brand, INVOICE, CREDIT_NOTE, spent=first_spent, go_on=second_runs)

    def invoice_last() -> list[str]:
        first_spent.wait(10)
        second_runs.set()
        with closing(connection):
            return spend(brand, CREDIT_NOTE, INVOICE)

    with ThreadPoolExecutor(2) as pool:
        one, two = pool.submit(credit_note_last), pool.submit(invoice_last)
        numbers = [*one.result(30), *two.result(30)]

    first, second = ("000002", "000003") if is_begun else ("000001", "000002")
    assert numbers == [
        f"ACME-TEST-{first}",
        f"ACME-TEST-CN-{first}",
        f"ACME-TEST-CN-{second}",
        f"ACME-TEST-{second}",
    ]


def spend(
    brand: Brand, *kinds: SeriesKind, spent: Event | None = None, go_on: Event | None = None
) -> list[str]:
    """Numbers of these kinds in one transaction; after the first it lets another one begin."""
    numbers = []
    with transaction.atomic():
        for kind in kinds:
            numbers.append(next_number(brand=brand, livemode=False, kind=kind, at=AT)[1])
            if spent is not None and go_on is not None and not spent.is_set():
                spent.set()
                go_on.wait(10)
                # Long enough for the other one to stand at the row that it waits for.
                sleep(0.5)
    return numbers
