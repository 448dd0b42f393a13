"""What the database itself refuses once an invoice is finalised, whoever asks."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from apps.invoices.enums import DocumentKind, InvoiceStatus
from apps.invoices.models import Invoice, InvoiceDocument, InvoiceLine, NumberSeries
from apps.invoices.services.document import document_for
from tests.factories.billing import STARTED_AT, subscribe_to, utc

pytestmark = pytest.mark.django_db

MOVABLE = {
    "status",
    "paid_minor",
    "balance_applied_minor",
    "prepaid_applied_minor",
    "credited_minor",
    "paid_at",
    "voided_at",
    "metadata",
}
OTHER_VALUES = {
    "BigIntegerField": 7,
    "BooleanField": True,
    "CharField": "X",
    "DateTimeField": utc(2020, 1, 1),
    "ForeignKey": None,
    "JSONField": {"x": 1},
    "PositiveSmallIntegerField": 9,
    "PublicIdField": "inv_x",
    "TextField": "X",
}


def frozen_columns() -> list[str]:
    return [
        field.name
        for field in Invoice._meta.concrete_fields
        if not field.primary_key and field.name not in MOVABLE
    ]


@pytest.mark.parametrize("name", frozen_columns())
def test_finalized_invoice_refuses_a_change_of(name: str) -> None:
    (invoice,) = subscribe_to().invoices
    value = OTHER_VALUES[type(Invoice._meta.get_field(name)).__name__]

    with pytest.raises(IntegrityError), transaction.atomic():
        Invoice.objects.filter(pk=invoice.pk).update(**{name: value})


def test_finalized_invoice_refuses_to_go_back_to_draft_or_away() -> None:
    (invoice,) = subscribe_to().invoices

    with pytest.raises(IntegrityError), transaction.atomic():
        Invoice.objects.filter(pk=invoice.pk).update(status=InvoiceStatus.DRAFT)
    with pytest.raises(IntegrityError), transaction.atomic():
        Invoice.objects.filter(pk=invoice.pk)._raw_delete(using="default")

    invoice.refresh_from_db()
    assert invoice.status == InvoiceStatus.OPEN


def test_lines_of_a_finalized_invoice_are_frozen() -> None:
    (invoice,) = subscribe_to().invoices
    line = invoice.lines.get()

    with pytest.raises(IntegrityError), transaction.atomic():
        InvoiceLine.objects.filter(pk=line.pk).update(amount_minor=1)
    with pytest.raises(IntegrityError), transaction.atomic():
        InvoiceLine.objects.filter(pk=line.pk)._raw_delete(using="default")
    line.pk, line.position, line.public_id, line.charge_key = None, 2, "", ""
    with pytest.raises(IntegrityError), transaction.atomic():
        line.save()

    assert [kept.amount_minor for kept in invoice.lines.all()] == [2900]


def test_number_series_never_counts_backwards() -> None:
    subscribe_to()

    with pytest.raises(IntegrityError), transaction.atomic():
        NumberSeries.objects.update(next_value=1)


def test_document_is_rendered_once_and_kept_byte_for_byte() -> None:
    (invoice,) = subscribe_to().invoices

    first = document_for(invoice=invoice, kind=DocumentKind.INVOICE, at=STARTED_AT)
    again = document_for(invoice=invoice, kind=DocumentKind.INVOICE, at=STARTED_AT)

    assert first.pk == again.pk
    assert bytes(first.content)[:5] == b"%PDF-"
    with pytest.raises(IntegrityError), transaction.atomic():
        InvoiceDocument.objects.update(sha256="0" * 64)
