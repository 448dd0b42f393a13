from __future__ import annotations

import hashlib
import io
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from pypdf import PdfReader

from apps.accounts.models import Brand
from apps.invoices.documents.einvoice.check import check_einvoice
from apps.invoices.documents.einvoice.from_snapshot import einvoice_of
from apps.invoices.enums import CreditReason, DocumentKind
from apps.invoices.errors import InvoiceRefused
from apps.invoices.manual_line import ManualLine
from apps.invoices.models import CreditNote, CreditNoteDocument, Invoice, InvoiceDocument
from apps.invoices.services.credit import CreditItem, issue_credit_note
from apps.invoices.services.document import credit_note_document_for, document_for
from apps.invoices.services.finalize import finalize_invoice
from apps.invoices.snapshot import document_snapshot
from apps.promos.services.redeem import redeem_coupon
from tests.factories.api_clients import make_api_client
from tests.factories.billing import STARTED_AT, subscribe_to
from tests.factories.credit_notes import make_credit_note
from tests.factories.customers import make_brand, make_customer
from tests.factories.invoices import issue_invoice
from tests.factories.manual_lines import make_one_off, manual
from tests.factories.plans import make_free_plan
from tests.factories.promos import make_percent_coupon
from tests.factories.taxes import make_check, make_registration, ship_rates

pytestmark = pytest.mark.django_db


def registered_brand(**overrides: Any) -> Brand:
    return make_brand(tax_id="DE123456789", **overrides)


def issued(brand: Brand | None = None) -> Invoice:
    return issue_invoice(2900, 1000, customer=make_customer(brand=brand or registered_brand()))


def credited(invoice: Invoice) -> CreditNote:
    item = CreditItem(line_id=invoice.lines.all()[0].pk, amount_minor=900)
    note = issue_credit_note(
        invoice_id=invoice.pk, items=[item], reason=CreditReason.OTHER, at=STARTED_AT, memo="Sorry"
    )
    assert note is not None
    return note


def text_of(pdf: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages).replace("\u00a0", " ")


def test_pdf_of_an_invoice_carries_its_einvoice() -> None:
    kept = document_for(invoice=issued(), kind=DocumentKind.INVOICE, at=STARTED_AT)

    (xml,) = PdfReader(io.BytesIO(bytes(kept.content))).attachments["factur-x.xml"]
    check_einvoice(xml)
    assert (kept.einvoice_profile, kept.einvoice_problems) == ("EN 16931", [])


def test_pdf_of_an_invoice_that_is_no_einvoice_says_why_and_comes_all_the_same() -> None:
    invoice = issued(make_brand(tax_id=""))

    kept = document_for(invoice=invoice, kind=DocumentKind.INVOICE, at=STARTED_AT)

    assert PdfReader(io.BytesIO(bytes(kept.content))).attachments == {}
    assert (kept.einvoice_profile, kept.einvoice_problems[0]) == (
        "",
        "seller.tax_id: the brand has no VAT id",
    )


def test_credit_note_is_rendered_once_and_kept_byte_for_byte() -> None:
    note = credited(issued())

    first = credit_note_document_for(note=note, kind=DocumentKind.CREDIT_NOTE, at=STARTED_AT)
    again = credit_note_document_for(note=note, kind=DocumentKind.CREDIT_NOTE, at=STARTED_AT)

    assert first.pk == again.pk
    assert hashlib.sha256(bytes(first.content)).hexdigest() == first.sha256
    with pytest.raises(IntegrityError), transaction.atomic():
        CreditNoteDocument.objects.update(sha256="0" * 64)
    with pytest.raises(IntegrityError), transaction.atomic():
        CreditNoteDocument.objects.all()._raw_delete(using="default")
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        with pytest.raises(IntegrityError), transaction.atomic():
            cursor.execute("TRUNCATE invoices_creditnotedocument")
    assert CreditNoteDocument.objects.get().sha256 == first.sha256


def test_credit_note_names_its_invoice_and_where_the_money_went() -> None:
    (invoice,) = subscribe_to(customer=make_customer(brand=registered_brand(), locale="de")).invoices
    note = credited(invoice)

    kept = credit_note_document_for(note=note, kind=DocumentKind.CREDIT_NOTE, at=STARTED_AT)

    text = text_of(bytes(kept.content))
    for expected in ("Rechnungskorrektur", note.number, f"Zur Rechnung {invoice.number}", "Sorry"):
        assert expected in text
    assert "Von der Rechnung abgezogen 9,00 €" in text
    assert "Offener Betrag" not in text


def test_credit_note_has_no_receipt() -> None:
    with pytest.raises(InvoiceRefused):
        credit_note_document_for(note=credited(issued()), kind=DocumentKind.RECEIPT, at=STARTED_AT)


@pytest.mark.parametrize(
    ("syntax", "media_type", "begins"),
    [
        ("", "application/pdf", b"%PDF-"),
        ("?format=facturx", "application/pdf", b"%PDF-"),
        ("?format=cii", "application/xml", b"<?xml"),
        ("?format=ubl", "application/xml", b"<?xml"),
    ],
)
@pytest.mark.parametrize("what", ["invoices", "credit_notes"])
def test_einvoice_comes_in_the_format_that_is_asked_for(
    what: str, syntax: str, media_type: str, begins: bytes
) -> None:
    invoice = issued()
    document = invoice if what == "invoices" else credited(invoice)
    client = make_api_client(brand=invoice.brand)
    path = f"/api/v1/{what}/{document.public_id}/einvoice{syntax}"

    first = client.get(path, headers={"Accept": media_type})
    again = client.get(path)

    assert (first.status_code, first["Content-Type"]) == (200, media_type), first.content
    assert first.content.startswith(begins)
    assert first.content == again.content
    if media_type == "application/xml":
        check_einvoice(first.content)


def test_einvoice_of_another_format_is_refused() -> None:
    invoice = issued()

    refused = make_api_client(brand=invoice.brand).get(
        f"/api/v1/invoices/{invoice.public_id}/einvoice?format=word"
    )

    assert (refused.status_code, refused.json()["code"]) == (422, "invalid_input")


@pytest.mark.parametrize("syntax", ["facturx", "ubl"])
def test_einvoice_that_is_impossible_names_what_lacks(syntax: str) -> None:
    invoice = issued(make_brand(tax_id=""))

    refused = make_api_client(brand=invoice.brand).get(
        f"/api/v1/invoices/{invoice.public_id}/einvoice?format={syntax}",
        headers={"Accept": "application/xml"},
    )

    assert (refused.status_code, refused["Content-Type"]) == (409, "application/problem+json")
    assert refused.json()["code"] == "einvoice_impossible"
    assert "seller.tax_id: the brand has no VAT id" in refused.json()["detail"]
    assert InvoiceDocument.objects.filter(kind=DocumentKind.UBL).count() == 0


def test_credit_note_pdf_is_the_kept_document_of_the_own_brand_only() -> None:
    note = credited(issued())
    client = make_api_client(brand=note.brand)

    shown = client.get(f"/api/v1/credit_notes/{note.public_id}/pdf", headers={"Accept": "application/pdf"})
    other = make_api_client().get(f"/api/v1/credit_notes/{note.public_id}/pdf")

    assert (shown.status_code, shown["Content-Type"]) == (200, "application/pdf")
    assert hashlib.sha256(shown.content).hexdigest() == CreditNoteDocument.objects.get().sha256
    assert f'filename="{note.number}.pdf"' in shown["Content-Disposition"]
    assert other.status_code == 404


def test_closed_invoice_has_no_einvoice() -> None:
    (invoice,) = subscribe_to(make_free_plan(), card=False).invoices

    refused = make_api_client(brand=invoice.brand).get(f"/api/v1/invoices/{invoice.public_id}/einvoice")

    assert (refused.status_code, refused.json()["code"]) == (409, "invoice_refused")


def sold(*lines: ManualLine, coupon: str = "", **customer: Any) -> Invoice:
    """An issued invoice of a brand that is registered in Germany, taxed by the real services."""
    ship_rates()
    brand = registered_brand()
    make_registration(brand, "DE", number="DE123456789")
    made = make_customer(brand=brand, **customer)
    if made.tax_id:
        make_check(made)
    if coupon:
        code = make_percent_coupon(coupon, brand=brand).code
        redeem_coupon(customer=made, code=code, at=STARTED_AT)
    draft = make_one_off(*lines, customer=made)
    return finalize_invoice(invoice_id=draft.pk, at=STARTED_AT)


BOOK = {"description": "Handbook", "tax_code": "reduced"}


@pytest.mark.parametrize(
    ("lines", "customer", "categories"),
    [
        ([manual("99.99"), manual("33.33", "3", **BOOK)], {}, ["S", "S"]),
        ([manual("99.99", tax_included=True), manual("-10.00", **BOOK)], {"coupon": "12.5"}, ["S", "S"]),
        ([manual("0.333", "1000", unit_name="hour")], {"coupon": "100"}, ["S"]),
        ([manual()], {"country": "FR", "tax_id": "FR40303265045"}, ["AE"]),
        ([manual()], {"tax_exempt": True, "tax_exempt_reason": "Certificate 4711"}, ["E"]),
        ([manual(), manual("50.00", tax_code="exempt")], {}, ["E", "S"]),
    ],
)
def test_einvoice_of_what_was_really_sold_is_valid_and_so_is_that_of_its_credit(
    lines: list[ManualLine], customer: dict[str, Any], categories: list[str]
) -> None:
    invoice = sold(*lines, **customer)
    einvoice = einvoice_of(document_snapshot(invoice, kind=DocumentKind.INVOICE))

    assert sorted({row.category.code for row in einvoice.vat}) == sorted(set(categories))
    assert int(einvoice.totals.gross * 100) == invoice.total_minor
    for kind in (DocumentKind.CII, DocumentKind.UBL):
        check_einvoice(bytes(document_for(invoice=invoice, kind=kind, at=STARTED_AT).content))
    if not invoice.total_minor:
        return
    # The last positive line only: its tax is the invoice's second, and the note's first.
    line = [each for each in invoice.lines.all() if each.amount_minor > 0][-1]
    note = make_credit_note(line, line.amount_minor // 3)
    for kind in (DocumentKind.CII, DocumentKind.UBL):
        check_einvoice(bytes(credit_note_document_for(note=note, kind=kind, at=STARTED_AT).content))
