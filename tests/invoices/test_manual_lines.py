"""Invoices that somebody writes by hand: drafted, changed, reviewed, issued, thrown away, drafted anew."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from apps.audit.models import Event
from apps.invoices.enums import InvoiceStatus, LineKind
from apps.invoices.errors import InvoiceRefused, ManualLineInvalid
from apps.invoices.manual_line import manual_line_of
from apps.invoices.models import Invoice, InvoiceLine, RecognitionSchedule
from apps.invoices.services.add_line import add_line
from apps.invoices.services.change_line import change_line
from apps.invoices.services.copy_voided import copy_voided
from apps.invoices.services.delete_draft import delete_draft
from apps.invoices.services.finalize import finalize_invoice
from apps.invoices.services.remove_line import remove_line
from apps.invoices.services.void import void_invoice
from apps.invoices.snapshot import line_explanation
from apps.ledger.models import Entry
from tests.factories.billing import STARTED_AT, subscribe_to, utc
from tests.factories.invoices import issue_invoice, make_draft, make_line
from tests.factories.manual_lines import make_one_off, manual

pytestmark = pytest.mark.django_db


def test_draft_adds_up_lines_of_exact_prices_rounded_once_each() -> None:
    invoice = make_one_off(
        manual("0.0333", "100", description="Messages"),
        manual("0.005", "1"),
        manual("-1.50", "2", description="Rebate"),
    )

    invoice.refresh_from_db()
    first, second, third = invoice.lines.all()
    assert (first.amount_minor, second.amount_minor, third.amount_minor) == (333, 1, -300)
    assert (invoice.subtotal_minor, invoice.total_minor) == (34, 34)
    assert (invoice.status, invoice.number, first.charge_key) == (InvoiceStatus.DRAFT, None, "")
    assert second.exact_amount == Decimal("0.005")
    assert line_explanation(second) == ["1 unit at €0.005 each: €0.005", "Total €0.005, rounded to €0.01"]


@pytest.mark.parametrize(
    ("currency", "unit_price", "minor"),
    [("JPY", "1234", 1234), ("KWD", "1.2345", 1235), ("EUR", "1.005", 101)],
)
def test_line_is_rounded_to_what_the_currency_has(currency: str, unit_price: str, minor: int) -> None:
    invoice = make_one_off(manual(unit_price), currency=currency)

    assert invoice.lines.get().amount_minor == minor


@pytest.mark.parametrize(
    ("line", "field"),
    [
        ({"description": " "}, "description"),
        ({"quantity": "0"}, "quantity"),
        ({"quantity": "-1"}, "quantity"),
        ({"unit_price": "99999999999999"}, "unit_price"),
        ({"period_starts_at": utc(2026, 1, 1)}, "period_ends_at"),
        ({"period_starts_at": utc(2026, 1, 2), "period_ends_at": utc(2026, 1, 2)}, "period_ends_at"),
    ],
)
def test_line_that_makes_no_sense_is_refused(line: dict[str, Any], field: str) -> None:
    with pytest.raises(ManualLineInvalid) as refused:
        make_one_off(manual(**line))

    assert refused.value.field == field
    assert not Invoice.objects.exists()


def test_lines_of_a_draft_are_added_changed_and_removed() -> None:
    invoice = make_one_off(manual("10.00"))
    totals = []

    added = add_line(invoice_id=invoice.pk, line=manual("5.00", "3"), at=STARTED_AT)
    totals.append(Invoice.objects.get(pk=invoice.pk).total_minor)
    change_line(invoice_id=invoice.pk, line_id=added.pk, line=manual("5.00", "2"), at=STARTED_AT)
    totals.append(Invoice.objects.get(pk=invoice.pk).total_minor)
    first = invoice.lines.get(position=1)
    remove_line(invoice_id=invoice.pk, line_id=first.pk, at=STARTED_AT)
    totals.append(Invoice.objects.get(pk=invoice.pk).total_minor)

    assert totals == [2500, 2000, 1000]
    assert manual_line_of(invoice.lines.get()) == manual("5.00", "2")
    names = Event.objects.filter(subject_id=invoice.public_id).order_by("pk").values_list("name", flat=True)
    assert list(names) == [
        "invoice.created",
        "invoice.line_added",
        "invoice.line_changed",
        "invoice.line_removed",
    ]


def test_manual_line_joins_a_draft_of_a_subscription_whose_own_lines_stay() -> None:
    draft = make_draft([make_line(2900)])
    own = draft.lines.get()

    add_line(invoice_id=draft.pk, line=manual("1.00"), at=STARTED_AT)
    with pytest.raises(InvoiceRefused):
        change_line(invoice_id=draft.pk, line_id=own.pk, line=manual(), at=STARTED_AT)
    with pytest.raises(InvoiceRefused):
        remove_line(invoice_id=draft.pk, line_id=own.pk, at=STARTED_AT)

    assert Invoice.objects.get(pk=draft.pk).total_minor == 3000


def test_issued_invoice_takes_no_line() -> None:
    invoice = issue_invoice(2900)
    line = invoice.lines.get()

    for attempt in (
        lambda: add_line(invoice_id=invoice.pk, line=manual(), at=STARTED_AT),
        lambda: change_line(invoice_id=invoice.pk, line_id=line.pk, line=manual(), at=STARTED_AT),
        lambda: remove_line(invoice_id=invoice.pk, line_id=line.pk, at=STARTED_AT),
        lambda: delete_draft(invoice_id=invoice.pk, at=STARTED_AT),
    ):
        with pytest.raises(InvoiceRefused):
            attempt()


def test_finalised_one_off_has_a_number_and_earns_at_once() -> None:
    invoice = finalize_invoice(invoice_id=make_one_off().pk, at=STARTED_AT)

    assert (invoice.status, invoice.total_minor) == (InvoiceStatus.OPEN, 12000)
    assert str(invoice.number).endswith("-000001")
    booked = {entry.account.code: entry.amount_minor for entry in Entry.objects.select_related("account")}
    assert booked == {"receivable": 12000, "revenue": -12000}


def test_service_period_of_a_line_defers_its_revenue() -> None:
    line = manual(period_starts_at=STARTED_AT, period_ends_at=utc(2027, 1, 31))
    finalize_invoice(invoice_id=make_one_off(line).pk, at=STARTED_AT)

    booked = {entry.account.code: entry.amount_minor for entry in Entry.objects.select_related("account")}
    assert booked == {"receivable": 12000, "deferred_revenue": -12000}


def test_deleted_draft_is_gone_and_leaves_its_event() -> None:
    invoice = make_one_off()

    delete_draft(invoice_id=invoice.pk, at=STARTED_AT)

    assert not Invoice.objects.exists()
    assert not InvoiceLine.objects.exists()
    event = Event.objects.get(name="invoice.deleted")
    assert (event.subject_id, event.data) == (invoice.public_id, {"total_minor": 12000})


def test_draft_of_a_subscription_is_not_thrown_away() -> None:
    draft = make_draft([make_line(2900)])

    with pytest.raises(InvoiceRefused):
        delete_draft(invoice_id=draft.pk, at=STARTED_AT)

    assert Invoice.objects.filter(pk=draft.pk).exists()


def test_voided_invoice_is_drafted_anew_with_its_charges() -> None:
    (invoice,) = subscribe_to().invoices
    key = invoice.lines.get().charge_key
    void_invoice(invoice_id=invoice.pk, at=STARTED_AT, reason="Wrong address")

    draft = copy_voided(invoice_id=invoice.pk, at=STARTED_AT)
    issued = finalize_invoice(invoice_id=draft.pk, at=STARTED_AT)

    line = issued.lines.get()
    assert (line.charge_key, line.amount_minor, line.kind) == (key, 2900, LineKind.RECURRING)
    assert (issued.total_minor, issued.number != invoice.number) == (2900, True)


def test_voided_invoice_is_drafted_anew_once() -> None:
    (invoice,) = subscribe_to().invoices
    void_invoice(invoice_id=invoice.pk, at=STARTED_AT, reason="Wrong address")
    copy_voided(invoice_id=invoice.pk, at=STARTED_AT)

    with pytest.raises(InvoiceRefused) as refused:
        copy_voided(invoice_id=invoice.pk, at=STARTED_AT)

    assert "were billed again" in refused.value.message


def test_what_took_back_of_the_same_invoice_takes_back_of_its_copy() -> None:
    month = {"period_starts_at": STARTED_AT, "period_ends_at": utc(2026, 2, 28, 9, 30)}
    draft = make_draft([make_line(3000, **month)])
    fee = draft.lines.get()
    InvoiceLine.objects.create(invoice=draft, position=2, **make_line(-1000, credits_line=fee))
    old = finalize_invoice(invoice_id=draft.pk, at=STARTED_AT)
    void_invoice(invoice_id=old.pk, at=STARTED_AT, reason="Wrong address")

    copy = copy_voided(invoice_id=old.pk, at=STARTED_AT)
    finalize_invoice(invoice_id=copy.pk, at=STARTED_AT)

    first, second = copy.lines.all()
    assert second.credits_line_id == first.pk
    assert RecognitionSchedule.objects.get(line=first).deferred_minor == 2000


def test_open_invoice_is_not_copied() -> None:
    invoice = issue_invoice(2900)

    with pytest.raises(InvoiceRefused):
        copy_voided(invoice_id=invoice.pk, at=STARTED_AT)
