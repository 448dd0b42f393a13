"""What the database refuses the application's own role: raw SQL against issued documents and the books.

The role has every right on every table, as one that ran the migrations would give it, and owns none.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, transaction

from apps.invoices.enums import DiscountSource, Disposition, DocumentKind
from apps.invoices.models import CreditNote, Invoice, InvoiceDiscount
from apps.invoices.services.document import credit_note_document_for, document_for
from apps.invoices.services.draft import Draft
from apps.invoices.services.finalize import issue_draft
from apps.invoices.services.recognize_revenue import recognize_revenue
from apps.ledger.models import Entry
from tests.factories.billing import REAL_TIME, utc
from tests.factories.credit_notes import make_credit_note
from tests.factories.invoices import make_draft, make_line

ROLE = f"monetize_app_{os.getpid()}"
NEW_YEAR = utc(2026, 1, 1)

CHANGES = {
    "invoices_invoice": "total_minor = total_minor + 1",
    "invoices_invoiceline": "description = 'x'",
    "invoices_invoicetax": "tax_minor = tax_minor + 1",
    "invoices_invoicediscount": "name = 'x'",
    "invoices_invoicedocument": "sha256 = repeat('0', 64)",
    "invoices_creditnote": "total_minor = total_minor + 1",
    "invoices_creditnoteline": "description = 'x'",
    "invoices_creditnotetax": "tax_minor = tax_minor + 1",
    "invoices_creditnotedocument": "sha256 = repeat('0', 64)",
    "invoices_numberseries": "next_value = next_value - 1",
    "invoices_recognitionschedule": "amount_minor = amount_minor + 1",
    "invoices_recognitionmovement": "recognized_minor = recognized_minor + 1",
    "ledger_account": "code = 'x'",
    "ledger_transaction": "kind = 'x'",
    "ledger_entry": "amount_minor = amount_minor + 1",
}
# Past the documents' own rows: more of an issued one, an entry that does not balance, or no guard at all.
TAX_COLUMNS = (
    "position, category, name, kind, jurisdiction, percent, taxable_minor, tax_minor, note, registration"
)
MORE = "9, category, name, kind, jurisdiction, percent, 1, 1, note, registration"
OTHERS = (
    f"INSERT INTO invoices_invoicetax (invoice_id, {TAX_COLUMNS})"
    f" SELECT invoice_id, {MORE} FROM invoices_invoicetax",
    f"INSERT INTO invoices_creditnotetax (credit_note_id, {TAX_COLUMNS})"
    f" SELECT credit_note_id, {MORE} FROM invoices_creditnotetax",
    "INSERT INTO ledger_entry (transaction_id, account_id, amount_minor, currency)"
    " SELECT transaction_id, account_id, 1, currency FROM ledger_entry LIMIT 1",
    "UPDATE invoices_invoice SET status = 'draft'",
    "SET session_replication_role = replica",
    "ALTER TABLE ledger_entry DISABLE TRIGGER ALL",
    "ALTER TABLE invoices_invoice DISABLE TRIGGER ALL",
)


def issue_everything() -> None:
    """An issued invoice with a discount, a tax and a deferred line, its document, and a credit note of it."""
    line = make_line(
        11000,
        discount_minor=1000,
        tax_minor=1900,
        tax_rate=Decimal(19),
        taxes=[{"tax": 1, "percent": "19", "exact": "19.00", "minor": 1900}],
        period_starts_at=NEW_YEAR,
        period_ends_at=utc(2026, 2, 1),
    )
    draft = make_draft([line])
    InvoiceDiscount.objects.create(
        invoice=draft,
        position=1,
        source=DiscountSource.COUPON,
        source_id="x",
        name="Tenth",
        amount_minor=1000,
    )
    invoice = issue_draft(draft=Draft(draft, list(draft.lines.all())), at=NEW_YEAR)
    document_for(invoice=invoice, kind=DocumentKind.INVOICE, at=NEW_YEAR)
    recognize_revenue(scope=REAL_TIME, at=utc(2026, 1, 11))
    note = make_credit_note(invoice.lines.get(), 1100, disposition=Disposition.BALANCE, at=utc(2026, 1, 11))
    credit_note_document_for(note=note, kind=DocumentKind.CREDIT_NOTE, at=utc(2026, 1, 11))


@contextmanager
def acting_as_the_application() -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE ROLE {ROLE} NOSUPERUSER")
        try:
            cursor.execute(f"GRANT ALL ON ALL TABLES IN SCHEMA public TO {ROLE}")
            cursor.execute(f"GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO {ROLE}")
            cursor.execute(f"SET ROLE {ROLE}")
            yield
        finally:
            cursor.execute("RESET ROLE")
            cursor.execute(f"DROP OWNED BY {ROLE}")
            cursor.execute(f"DROP ROLE {ROLE}")


def is_refused(statement: str) -> bool:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    except DatabaseError:
        return True
    return False


@pytest.mark.real_commits
def test_raw_sql_as_the_applications_role_changes_nothing_that_was_issued() -> None:
    issue_everything()
    statements = [
        *(f"UPDATE {table} SET {change}" for table, change in CHANGES.items()),
        *(f"DELETE FROM {table}" for table in CHANGES),
        *(f"TRUNCATE {table} CASCADE" for table in CHANGES),
        *OTHERS,
    ]
    before = stored()

    with acting_as_the_application():
        went_through = [statement for statement in statements if not is_refused(statement)]

    assert went_through == []
    assert stored() == before
    # Each table has rows, so that no statement was refused for nothing.
    assert [table for table, rows in before.items() if not rows] == []


def stored() -> dict[str, list[tuple[object, ...]]]:
    rows = {}
    with connection.cursor() as cursor:
        for table in CHANGES:
            cursor.execute(f"SELECT * FROM {table} ORDER BY id")
            rows[table] = cursor.fetchall()
    return rows


@pytest.mark.real_commits
def test_without_the_triggers_the_same_role_may_change_it_all() -> None:
    """The guards removed: the refusals are theirs, not a lack of rights."""
    issue_everything()
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE invoices_invoice DISABLE TRIGGER USER")
        cursor.execute("ALTER TABLE ledger_entry DISABLE TRIGGER USER")

    with acting_as_the_application():
        refused = [
            is_refused("UPDATE invoices_invoice SET memo = 'x'"),
            is_refused("UPDATE ledger_entry SET amount_minor = amount_minor + 1"),
        ]

    assert refused == [False, False]
    assert Invoice.objects.get().memo == "x"
    assert sum(Entry.objects.values_list("amount_minor", flat=True)) != 0
    assert CreditNote.objects.count() == 1
