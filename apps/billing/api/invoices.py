"""Invoices to come, and the ends of those that are not paid: void, and written off."""

from __future__ import annotations

from typing import ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.billing.api.base import BillingView
from apps.billing.serializers import VoidInvoiceInput
from apps.billing.services.corrections.void_unpaid import void_unpaid_invoice
from apps.billing.services.corrections.write_off_unpaid import write_off_unpaid_invoice
from apps.billing.services.run.preview_next_invoice import preview_next_invoice
from apps.billing.upcoming_serializers import UpcomingInvoicesSerializer
from apps.customers.selectors import now_for
from apps.invoices.serializers import InvoiceWithLinesSerializer
from apps.subscriptions.selectors import live_subscriptions_of


class UpcomingInvoices(BillingView):
    required_scopes: ClassVar = {"get": "invoices:read"}

    @extend_schema(operation_id="list_upcoming_invoices", responses=UpcomingInvoicesSerializer)
    def get(self, request: Request, customer_id: str) -> Response:
        """What each running subscription of a customer will bill next, with what was used so far.

        With discounts and tax as they are by now.
        """
        customer = self.customer(customer_id)
        bills = [
            (subscription.public_id, bill)
            for subscription in live_subscriptions_of(customer.pk)
            if (bill := preview_next_invoice(subscription=subscription)) is not None
        ]
        answer = {
            "customer": customer.public_id,
            "as_of": now_for(customer),
            "data": bills,
        }
        return Response(UpcomingInvoicesSerializer(answer).data)


class VoidInvoice(BillingView):
    required_scopes: ClassVar = {"post": "invoices:write"}

    @extend_schema(
        operation_id="void_invoice", request=VoidInvoiceInput, responses=InvoiceWithLinesSerializer
    )
    def post(self, request: Request, invoice_id: str) -> Response:
        """Cancel an invoice of which nothing was paid. It keeps its number; it is no longer collected."""
        invoice = self.invoice(invoice_id)
        asked = self.read(VoidInvoiceInput)
        void_unpaid_invoice(invoice_id=invoice.pk, reason=asked["reason"], at=now_for(invoice.customer))
        return self.object_response(self.invoice(invoice.public_id), InvoiceWithLinesSerializer)


class MarkUncollectible(BillingView):
    required_scopes: ClassVar = {"post": "invoices:write"}

    @extend_schema(
        operation_id="mark_invoice_uncollectible",
        request=VoidInvoiceInput,
        responses=InvoiceWithLinesSerializer,
    )
    def post(self, request: Request, invoice_id: str) -> Response:
        """Write off an open invoice: it is no longer collected, and may still be paid."""
        invoice = self.invoice(invoice_id)
        asked = self.read(VoidInvoiceInput)
        write_off_unpaid_invoice(invoice_id=invoice.pk, reason=asked["reason"], at=now_for(invoice.customer))
        return self.object_response(self.invoice(invoice.public_id), InvoiceWithLinesSerializer)
