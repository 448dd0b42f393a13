from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.db.utils import DatabaseError

from apps.accounts.models import Brand
from apps.invoices.models import InvoiceLine
from apps.scenarios.files import read_cases
from apps.scenarios.first_rows import FirstRows
from apps.scenarios.rehearsal_gateway import no_gateway, sandbox_gateway
from apps.scenarios.throwaway import throwaway_database
from apps.scenarios.timeline.run import read_case, run_story
from apps.scenarios.timeline.story import Story
from tests.factories.invoices import issue_invoice
from tests.scenarios.test_run_cases import NOW

Contents = dict[str, str]

EVENTFUL = Path(settings.BASE_DIR) / "docs" / "scenarios" / "coupon-stack.yaml"


def contents() -> Contents:
    """Each table and a hash of all its rows, partitions by themselves."""
    found: Contents = {}
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
        for (table,) in cursor.fetchall():
            cursor.execute(
                f"SELECT coalesce(md5(string_agg(md5(t::text), '' ORDER BY t::text)), '') FROM \"{table}\" t"
            )
            found[table] = cursor.fetchone()[0]
    return found


def changed(before: Contents, after: Contents) -> set[str]:
    return {table for table in before.keys() & after.keys() if before[table] != after[table]}


def story() -> Story:
    [case] = read_cases(EVENTFUL)
    read = read_case(case.content, folder=case.folder)
    assert isinstance(read, Story)
    return read


@contextmanager
def surroundings(read: Story) -> Iterator[None]:
    with no_gateway(), throwaway_database(), sandbox_gateway() if read.needs_gateway else no_gateway():
        yield


@pytest.mark.real_commits
def test_every_table_holds_what_it_held_at_first(quick_template: None) -> None:
    read = story()
    with surroundings(read):
        before, first_rows = contents(), FirstRows()

        assert run_story(read, now=NOW).status == "passed"
        written = changed(before, contents())
        assert {"invoices_invoice", "ledger_entry", "audit_event", "promos_redemption"} <= written
        first_rows.put_back()

        assert changed(before, contents()) == set()
        assert run_story(read, now=NOW).status == "passed"


@pytest.mark.real_commits
def test_row_of_the_beginning_that_was_changed_or_deleted_comes_back(quick_template: None) -> None:
    with throwaway_database():
        Brand.objects.create(code="first", name="First", country="DE", invoice_prefix="F", created_at=NOW)
        Brand.objects.create(code="second", name="Second", country="DE", invoice_prefix="S", created_at=NOW)
        before, first_rows = contents(), FirstRows()

        Brand.objects.filter(code="first").update(name="Changed")
        Brand.objects.filter(code="second").delete()
        Brand.objects.create(code="third", name="Third", country="DE", invoice_prefix="T", created_at=NOW)
        first_rows.put_back()

        assert changed(before, contents()) == set()
        assert list(Brand.objects.order_by("pk").values_list("name", flat=True)) == ["First", "Second"]


@pytest.mark.real_commits
def test_what_protects_the_books_is_on_again(quick_template: None) -> None:
    with throwaway_database():
        first_rows = FirstRows()
        issue_invoice(1000)
        first_rows.put_back()

        issue_invoice(1000)
        with pytest.raises(DatabaseError):
            InvoiceLine.objects.update(amount_minor=1)
