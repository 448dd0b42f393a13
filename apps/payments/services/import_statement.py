from __future__ import annotations

from datetime import datetime

from apps.accounts.models import Brand
from apps.payments.models import BankStatementLine
from apps.payments.statements import read_statement


def import_statement(*, brand: Brand, livemode: bool, content: bytes, at: datetime) -> int:
    """Keep the lines of a bank statement (CSV or CAMT.053), each once; how many are new.

    Statements may overlap, and the same file may come twice. `at` is real time.

    Raises:
        StatementUnreadable: the file makes no sense; nothing of it is kept (422).
    """
    known = BankStatementLine.objects.filter(brand=brand, livemode=livemode)
    before = known.count()
    BankStatementLine.objects.bulk_create(
        [
            BankStatementLine(
                brand=brand,
                livemode=livemode,
                entry_key=entry.key,
                booked_on=entry.booked_on,
                amount_minor=entry.amount_minor,
                currency=entry.currency,
                reference=entry.reference,
                counterparty=entry.counterparty,
                imported_at=at,
            )
            for entry in read_statement(content)
        ],
        ignore_conflicts=True,
    )
    return known.count() - before
