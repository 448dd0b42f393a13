"""Giving back part of an invoice, and taking that back."""

from __future__ import annotations

from typing import ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.billing.api.base import BillingView
from apps.billing.serializers import (
    CreateCreditNoteInput,
    credit_items_of,
)
from apps.billing.services.corrections.credit_invoice import credit_invoice
from apps.billing.services.corrections.void_credit import void_credit
from apps.core.api.schema import REFUSALS
from apps.customers.selectors import now_for
from apps.invoices.credit_note_serializers import CreditNoteWithLinesSerializer, VoidCreditNoteInput
from apps.invoices.errors import CreditRefused
from apps.invoices.selectors import get_credit_note


class CreateCreditNote(BillingView):
    required_scopes: ClassVar = {"post": "invoices:write"}

    @extend_schema(
        operation_id="create_credit_note",
        request=CreateCreditNoteInput,
        responses={201: CreditNoteWithLinesSerializer},
        extensions={REFUSALS: {"409": "More than is left of a line, or the invoice is not issued."}},
    )
    def post(self, request: Request) -> Response:
        """Give back part of an issued invoice: discount and tax follow each line in proportion."""
        asked = self.read(CreateCreditNoteInput)
        invoice = self.invoice(asked["invoice"])
        note = credit_invoice(
            invoice_id=invoice.pk,
            items=credit_items_of(invoice, asked["items"]),
            reason=asked["reason"],
            disposition=asked["disposition"],
            memo=asked["memo"],
            at=now_for(invoice.customer),
        )
        if note is None:
            raise CreditRefused("Net of discount these lines cost nothing: there is nothing to give back.")
        shown = get_credit_note(**self.tenant, reference=note.public_id)
        return self.object_response(shown, CreditNoteWithLinesSerializer, status=201)


class VoidCreditNote(BillingView):
    required_scopes: ClassVar = {"post": "invoices:write"}

    @extend_schema(
        operation_id="void_credit_note",
        request=VoidCreditNoteInput,
        responses=CreditNoteWithLinesSerializer,
    )
    def post(self, request: Request, credit_note_id: str) -> Response:
        """Take back a credit note while nothing came of it. It keeps its number."""
        note = get_credit_note(**self.tenant, reference=credit_note_id)
        asked = self.read(VoidCreditNoteInput)
        void_credit(credit_note_id=note.pk, reason=asked["reason"], at=now_for(note.customer))
        shown = get_credit_note(**self.tenant, reference=note.public_id)
        return self.object_response(shown, CreditNoteWithLinesSerializer)
