"""Invoices written by hand: drafted, changed line by line, thrown away, drafted anew."""

from __future__ import annotations

from typing import ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.billing.api.base import BillingView
from apps.billing.invoice_inputs import (
    CreateInvoiceInput,
    ManualLineChange,
    ManualLineInput,
    invoice_terms_from,
    manual_line_from,
)
from apps.billing.serializers import VoidInvoiceInput
from apps.billing.services.corrections.regenerate import regenerate_invoice
from apps.core.api.schema import REFUSALS
from apps.customers.selectors import now_for
from apps.invoices.errors import LineNotFound
from apps.invoices.manual_line import get_manual_line, manual_line_of
from apps.invoices.models import Invoice, InvoiceLine
from apps.invoices.serializers import InvoiceWithLinesSerializer
from apps.invoices.services.add_line import add_line
from apps.invoices.services.change_line import change_line
from apps.invoices.services.delete_draft import delete_draft
from apps.invoices.services.draft_one_off import draft_one_off
from apps.invoices.services.remove_line import remove_line

NOT_A_DRAFT = {REFUSALS: {"409": "The invoice is not a draft, or the line bills a subscription."}}


class DraftView(BillingView):
    def shown(self, invoice: Invoice, *, status: int = 200) -> Response:
        """The invoice as it is now, with all its lines."""
        return self.object_response(
            self.invoice(invoice.public_id), InvoiceWithLinesSerializer, status=status
        )


class LineView(DraftView):
    def line(self, invoice: Invoice, reference: str) -> InvoiceLine:
        """A line of this invoice that was written by hand."""
        found = get_manual_line(**self.tenant, reference=reference)
        if found.invoice_id != invoice.pk:
            raise LineNotFound(f"There is no line '{reference}'.", field="line")
        return found


class CreateInvoice(DraftView):
    required_scopes: ClassVar = {"post": "invoices:write"}

    @extend_schema(
        operation_id="create_invoice",
        request=CreateInvoiceInput,
        responses={201: InvoiceWithLinesSerializer},
    )
    def post(self, request: Request) -> Response:
        """Draft an invoice that no subscription asks for; its discounts and tax are estimates as yet."""
        asked = self.read(CreateInvoiceInput)
        customer = self.customer(asked["customer"])
        invoice = draft_one_off(
            customer=customer,
            terms=invoice_terms_from(asked, customer),
            lines=[manual_line_from(line) for line in asked["lines"]],
            po_number=asked["po_number"],
            memo=asked["memo"],
            at=now_for(customer),
        )
        return self.shown(invoice, status=201)


class DeleteDraft(DraftView):
    required_scopes: ClassVar = {"delete": "invoices:write"}

    @extend_schema(operation_id="delete_draft_invoice", responses={204: None}, extensions=NOT_A_DRAFT)
    def delete(self, request: Request, invoice_id: str) -> Response:
        """Throw away a draft that was written by hand."""
        invoice = self.invoice(invoice_id)
        delete_draft(invoice_id=invoice.pk, at=now_for(invoice.customer))
        return Response(status=204)


class InvoiceLines(DraftView):
    required_scopes: ClassVar = {"post": "invoices:write"}

    @extend_schema(
        operation_id="add_invoice_line",
        request=ManualLineInput,
        responses={201: InvoiceWithLinesSerializer},
        extensions=NOT_A_DRAFT,
    )
    def post(self, request: Request, invoice_id: str) -> Response:
        """Put a line on a draft, after those that it has."""
        invoice = self.invoice(invoice_id)
        line = manual_line_from(self.read(ManualLineInput))
        add_line(invoice_id=invoice.pk, line=line, at=now_for(invoice.customer))
        return self.shown(invoice, status=201)


class InvoiceLineDetail(LineView):
    required_scopes: ClassVar = {"patch": "invoices:write", "delete": "invoices:write"}

    @extend_schema(
        operation_id="update_invoice_line",
        request=ManualLineChange,
        responses=InvoiceWithLinesSerializer,
        extensions=NOT_A_DRAFT,
    )
    def patch(self, request: Request, invoice_id: str, line_id: str) -> Response:
        """Change a draft's line that was written by hand."""
        invoice = self.invoice(invoice_id)
        row = self.line(invoice, line_id)
        line = manual_line_from(self.read(ManualLineChange), manual_line_of(row))
        change_line(invoice_id=invoice.pk, line_id=row.pk, line=line, at=now_for(invoice.customer))
        return self.shown(invoice)

    @extend_schema(
        operation_id="delete_invoice_line", responses=InvoiceWithLinesSerializer, extensions=NOT_A_DRAFT
    )
    def delete(self, request: Request, invoice_id: str, line_id: str) -> Response:
        """Take a line that was written by hand off a draft."""
        invoice = self.invoice(invoice_id)
        row = self.line(invoice, line_id)
        remove_line(invoice_id=invoice.pk, line_id=row.pk, at=now_for(invoice.customer))
        return self.shown(invoice)


class RegenerateInvoice(DraftView):
    required_scopes: ClassVar = {"post": "invoices:write"}

    @extend_schema(
        operation_id="regenerate_invoice",
        request=VoidInvoiceInput,
        responses={201: InvoiceWithLinesSerializer},
        extensions={REFUSALS: {"409": "It is not open, or money came in."}},
    )
    def post(self, request: Request, invoice_id: str) -> Response:
        """Void an issued invoice of which nothing was paid, and draft its charges anew: the draft is told."""
        invoice = self.invoice(invoice_id)
        reason = self.read(VoidInvoiceInput)["reason"]
        draft = regenerate_invoice(invoice_id=invoice.pk, reason=reason, at=now_for(invoice.customer))
        return self.shown(draft, status=201)
