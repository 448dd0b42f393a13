from __future__ import annotations

from typing import Any, ClassVar

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.api.pdf import PDF, XML, PdfOrProblem, XmlOrProblem, file_response, pdf_response
from apps.core.api.schema import REFUSALS
from apps.core.api.views import ApiView
from apps.customers.selectors import get_customer, now_for
from apps.invoices.credit_note_serializers import CreditNoteSerializer, CreditNoteWithLinesSerializer
from apps.invoices.enums import CreditNoteStatus, DocumentKind, EInvoiceFormat, InvoiceStatus
from apps.invoices.file_names import einvoice_file
from apps.invoices.models import CreditNote, Invoice
from apps.invoices.selectors import get_credit_note, get_invoice
from apps.invoices.serializers import InvoiceSerializer, InvoiceWithLinesSerializer
from apps.invoices.services.document import credit_note_document_for, document_for
from apps.invoices.services.einvoice import einvoice_for

FORMAT = OpenApiParameter(
    "format",
    str,
    enum=EInvoiceFormat.values,
    description="facturx is the PDF with the XML inside (the default), cii and ubl are the XML alone.",
)


class InvoiceView(ApiView):
    """What every endpoint here shares: invoices are looked up within the key's brand and mode."""

    def invoice(self, reference: str) -> Invoice:
        return get_invoice(**self.own, reference=reference)


class ListInvoices(InvoiceView):
    required_scopes: ClassVar = {"get": "invoices:read"}

    @extend_schema(
        operation_id="list_invoices",
        responses=InvoiceSerializer(many=True),
        parameters=[
            OpenApiParameter("customer", str, description="Id or external id of a customer."),
            OpenApiParameter("subscription", str, description="Id of a subscription that a line bills."),
            OpenApiParameter("status", str, enum=InvoiceStatus.values),
            OpenApiParameter("number", str),
        ],
    )
    def get(self, request: Request) -> Response:
        """The invoices of the key's brand and mode, newest first, without their lines."""
        rows = Invoice.objects.select_related("customer__test_clock").filter(**self.own)
        if customer := self.filter_value("customer"):
            rows = rows.filter(customer=get_customer(**self.own, reference=customer))
        if subscription := self.filter_value("subscription"):
            # A subquery, not a join: an invoice of several lines must not come several times.
            rows = rows.filter(pk__in=rows.filter(lines__subscription__public_id=subscription).values("pk"))
        if status := self.filter_choice("status", InvoiceStatus.values):
            rows = rows.filter(status=status)
        if number := self.filter_value("number"):
            rows = rows.filter(number=number)
        return self.list_response(rows, InvoiceSerializer)


class InvoiceDetail(InvoiceView):
    required_scopes: ClassVar = {"get": "invoices:read"}

    @extend_schema(operation_id="get_invoice", responses=InvoiceWithLinesSerializer)
    def get(self, request: Request, invoice_id: str) -> Response:
        """One invoice, by id or number, with its lines and why each is what it is."""
        return self.object_response(self.invoice(invoice_id), InvoiceWithLinesSerializer)


class InvoicePdf(InvoiceView):
    required_scopes: ClassVar = {"get": "invoices:read"}
    renderer_classes = (PdfOrProblem, JSONRenderer)

    @extend_schema(
        operation_id="get_invoice_pdf",
        responses={(200, PDF): OpenApiTypes.BINARY},
        extensions={REFUSALS: {"409": "The invoice is a draft, or was closed without a number."}},
    )
    def get(self, request: Request, invoice_id: str) -> HttpResponse:
        """The PDF of a finalised invoice: the same bytes at every call."""
        invoice = self.invoice(invoice_id)
        document = document_for(invoice=invoice, kind=DocumentKind.INVOICE, at=now_for(invoice.customer))
        return pdf_response(bytes(document.content), filename=f"{invoice.number}.pdf")


class EInvoiceView(InvoiceView):
    """What both kinds of documents answer: the file, in the format that was asked for."""

    required_scopes: ClassVar = {"get": "invoices:read"}
    renderer_classes = (PdfOrProblem, XmlOrProblem, JSONRenderer)

    def einvoice(self, document: Invoice | CreditNote) -> HttpResponse:
        chosen = self.filter_choice("format", EInvoiceFormat.values) or EInvoiceFormat.FACTURX
        syntax = EInvoiceFormat(chosen)
        kept = einvoice_for(document=document, syntax=syntax, at=now_for(document.customer))
        return file_response(bytes(kept.content), **einvoice_file(document, syntax))


class InvoiceEInvoice(EInvoiceView):
    @extend_schema(
        operation_id="get_invoice_einvoice",
        parameters=[FORMAT],
        responses={(200, PDF): OpenApiTypes.BINARY, (200, XML): OpenApiTypes.BINARY},
        extensions={REFUSALS: {"409": "The invoice is a draft, or lacks what an e-invoice needs."}},
    )
    def get(self, request: Request, invoice_id: str) -> HttpResponse:
        """The invoice as an e-invoice of EN 16931: the same bytes at every call."""
        return self.einvoice(self.invoice(invoice_id))


class ListCreditNotes(InvoiceView):
    required_scopes: ClassVar = {"get": "invoices:read"}
    keyset_ordering = ("-issued_at", "-id")

    @extend_schema(
        operation_id="list_credit_notes",
        responses=CreditNoteSerializer(many=True),
        parameters=[
            OpenApiParameter("customer", str, description="Id or external id of a customer."),
            OpenApiParameter("invoice", str, description="Id or number of an invoice."),
            OpenApiParameter("status", str, enum=CreditNoteStatus.values),
        ],
    )
    def get(self, request: Request) -> Response:
        """The credit notes of the key's brand and mode, newest first, without their lines."""
        tenant: dict[str, Any] = {
            "brand_id": self.credential.brand_id,
            "livemode": self.credential.livemode,
        }
        rows = CreditNote.objects.select_related("customer__test_clock", "invoice__customer").filter(**tenant)
        if customer := self.filter_value("customer"):
            rows = rows.filter(customer=get_customer(**tenant, reference=customer))
        if invoice := self.filter_value("invoice"):
            rows = rows.filter(invoice=self.invoice(invoice))
        if status := self.filter_choice("status", CreditNoteStatus.values):
            rows = rows.filter(status=status)
        return self.list_response(rows, CreditNoteSerializer)


class CreditNoteView(InvoiceView):
    def credit_note(self, reference: str) -> CreditNote:
        return get_credit_note(**self.own, reference=reference)


class CreditNoteDetail(CreditNoteView):
    required_scopes: ClassVar = {"get": "invoices:read"}

    @extend_schema(operation_id="get_credit_note", responses=CreditNoteWithLinesSerializer)
    def get(self, request: Request, credit_note_id: str) -> Response:
        """One credit note, by id or number, with its lines."""
        return self.object_response(self.credit_note(credit_note_id), CreditNoteWithLinesSerializer)


class CreditNotePdf(CreditNoteView):
    required_scopes: ClassVar = {"get": "invoices:read"}
    renderer_classes = (PdfOrProblem, JSONRenderer)

    @extend_schema(operation_id="get_credit_note_pdf", responses={(200, PDF): OpenApiTypes.BINARY})
    def get(self, request: Request, credit_note_id: str) -> HttpResponse:
        """The PDF of a credit note: the same bytes at every call."""
        note = self.credit_note(credit_note_id)
        kept = credit_note_document_for(note=note, kind=DocumentKind.CREDIT_NOTE, at=now_for(note.customer))
        return pdf_response(bytes(kept.content), filename=f"{note.number}.pdf")


class CreditNoteEInvoice(CreditNoteView, EInvoiceView):
    @extend_schema(
        operation_id="get_credit_note_einvoice",
        parameters=[FORMAT],
        responses={(200, PDF): OpenApiTypes.BINARY, (200, XML): OpenApiTypes.BINARY},
        extensions={REFUSALS: {"409": "The credit note lacks what an e-invoice needs."}},
    )
    def get(self, request: Request, credit_note_id: str) -> HttpResponse:
        """The credit note as an e-invoice of EN 16931: the same bytes at every call."""
        return self.einvoice(self.credit_note(credit_note_id))
