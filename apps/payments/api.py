from __future__ import annotations

from typing import ClassVar

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.api.pdf import PDF, PdfOrProblem, pdf_response
from apps.core.api.schema import REFUSALS
from apps.core.api.views import ApiView
from apps.core.idempotency import keep_object
from apps.customers.models import Customer
from apps.customers.selectors import get_customer, now_for
from apps.invoices.enums import DocumentKind
from apps.invoices.selectors import get_invoice
from apps.invoices.services.document import document_for
from apps.payments.dispute_selectors import disputes_of, get_dispute
from apps.payments.enums import DisputeStatus, PaymentStatus
from apps.payments.models import Payment, PaymentMethod
from apps.payments.receipts import payments_shown
from apps.payments.selectors import get_method, get_payment, methods_of, payments_with_parts
from apps.payments.serializers import (
    DisputeSerializer,
    MethodSetupSerializer,
    PaymentMethodSerializer,
    PaymentSerializer,
)
from apps.payments.services.remove_method import remove_method
from apps.payments.services.start_setup import start_setup


class PaymentView(ApiView):
    """What the endpoints of payments share: everything is looked up within the key's brand and mode."""

    def customer(self, reference: str) -> Customer:
        return get_customer(
            brand_id=self.credential.brand_id,
            livemode=self.credential.livemode,
            reference=reference,
        )

    def payment(self, reference: str) -> Payment:
        return get_payment(
            brand_id=self.credential.brand_id,
            livemode=self.credential.livemode,
            reference=reference,
        )

    def method(self, customer_id: str, reference: str) -> PaymentMethod:
        return get_method(customer_id=self.customer(customer_id).pk, reference=reference)


class Payments(PaymentView):
    required_scopes: ClassVar = {"get": "payments:read"}

    @extend_schema(
        operation_id="list_payments",
        tags=["payments"],
        responses=PaymentSerializer(many=True),
        parameters=[
            OpenApiParameter("customer", str, description="Id or external id."),
            OpenApiParameter("invoice", str, description="Id of an invoice."),
            OpenApiParameter("status", str, enum=PaymentStatus.values),
        ],
    )
    def get(self, request: Request) -> Response:
        """Attempts to collect invoices, newest first."""
        rows = payments_with_parts().filter(
            brand_id=self.credential.brand_id, livemode=self.credential.livemode
        )
        if customer := self.filter_value("customer"):
            rows = rows.filter(customer=self.customer(customer))
        if invoice := self.filter_value("invoice"):
            rows = rows.filter(invoice__public_id=invoice)
        if status := self.filter_choice("status", PaymentStatus.values):
            rows = rows.filter(status=status)
        return self.list_response(rows, PaymentSerializer)


class PaymentDetail(PaymentView):
    required_scopes: ClassVar = {"get": "payments:read"}

    @extend_schema(operation_id="get_payment", tags=["payments"], responses=PaymentSerializer)
    def get(self, request: Request, payment_id: str) -> Response:
        """One attempt to collect an invoice."""
        return self.object_response(self.payment(payment_id), PaymentSerializer)


class Disputes(PaymentView):
    keyset_ordering = ("-opened_at", "-id")
    required_scopes: ClassVar = {"get": "payments:read"}

    @extend_schema(
        operation_id="list_disputes",
        tags=["payments"],
        responses=DisputeSerializer(many=True),
        parameters=[
            OpenApiParameter("customer", str, description="Id or external id."),
            OpenApiParameter("payment", str, description="Id of a payment."),
            OpenApiParameter("status", str, enum=DisputeStatus.values),
        ],
    )
    def get(self, request: Request) -> Response:
        """What payers' banks have taken back or ask about, newest first."""
        rows = disputes_of(brand_id=self.credential.brand_id, livemode=self.credential.livemode)
        if customer := self.filter_value("customer"):
            rows = rows.filter(customer=self.customer(customer))
        if payment := self.filter_value("payment"):
            rows = rows.filter(payment__public_id=payment)
        if status := self.filter_choice("status", DisputeStatus.values):
            rows = rows.filter(status=status)
        return self.list_response(rows, DisputeSerializer)


class DisputeDetail(PaymentView):
    required_scopes: ClassVar = {"get": "payments:read"}

    @extend_schema(operation_id="get_dispute", tags=["payments"], responses=DisputeSerializer)
    def get(self, request: Request, dispute_id: str) -> Response:
        """One dispute."""
        found = get_dispute(
            brand_id=self.credential.brand_id, livemode=self.credential.livemode, reference=dispute_id
        )
        return self.object_response(found, DisputeSerializer)


class PaymentMethods(PaymentView):
    required_scopes: ClassVar = {"get": "payments:read"}

    @extend_schema(
        operation_id="list_payment_methods",
        tags=["payments"],
        responses=PaymentMethodSerializer(many=True),
    )
    def get(self, request: Request, customer_id: str) -> Response:
        """A customer's usable cards, newest first; `is_default` marks the one that is charged."""
        return self.list_response(methods_of(self.customer(customer_id).pk), PaymentMethodSerializer)


class PaymentMethodDetail(PaymentView):
    required_scopes: ClassVar = {"get": "payments:read", "delete": "payments:write"}

    @extend_schema(operation_id="get_payment_method", tags=["payments"], responses=PaymentMethodSerializer)
    def get(self, request: Request, customer_id: str, method_id: str) -> Response:
        """One card of a customer."""
        return self.object_response(self.method(customer_id, method_id), PaymentMethodSerializer)

    @extend_schema(
        operation_id="remove_payment_method",
        tags=["payments"],
        responses={204: None},
        extensions={REFUSALS: {"409": "It is the last card, and a subscription is charged to it."}},
    )
    def delete(self, request: Request, customer_id: str, method_id: str) -> Response:
        """Forget a card, here and at the gateway; the last one stays while a subscription needs it."""
        method = self.method(customer_id, method_id)
        remove_method(method=method, at=now_for(method.customer))
        return Response(status=204)


class MethodSetups(PaymentView):
    required_scopes: ClassVar = {"post": "payments:write"}
    # The gateway is called, which no transaction may wait for; a repeated request gets a fresh secret.
    idempotency = "object"

    @extend_schema(
        operation_id="start_method_setup",
        tags=["payments"],
        request=None,
        responses={201: MethodSetupSerializer},
        extensions={REFUSALS: {"503": "The gateway did not answer."}},
    )
    def post(self, request: Request, customer_id: str) -> Response:
        """Prepare to save a card: give `client_secret` to Stripe.js on your page, then finish the setup."""
        customer = self.customer(customer_id)
        answer = self._start(customer)
        # Nothing here is charged or changed: the key only has to lead to the customer, not to the secret.
        keep_object(object_type="customer", object_id=customer.public_id)
        return answer

    def render_object(self, request: Request, *, object_type: str, object_id: str) -> Response:
        return self._start(self.customer(object_id))

    def _start(self, customer: Customer) -> Response:
        setup = start_setup(customer=customer, at=now_for(customer))
        return Response(MethodSetupSerializer(setup).data, status=201)


class InvoiceReceipt(PaymentView):
    required_scopes: ClassVar = {"get": "invoices:read"}
    renderer_classes = (PdfOrProblem, JSONRenderer)

    @extend_schema(
        operation_id="get_invoice_receipt",
        tags=["invoices"],
        responses={(200, PDF): OpenApiTypes.BINARY},
        extensions={REFUSALS: {"409": "The invoice is not paid."}},
    )
    def get(self, request: Request, invoice_id: str) -> HttpResponse:
        """The receipt of a paid invoice as a PDF: the same bytes at every call."""
        invoice = get_invoice(
            brand_id=self.credential.brand_id,
            livemode=self.credential.livemode,
            reference=invoice_id,
        )
        receipt = document_for(
            invoice=invoice,
            kind=DocumentKind.RECEIPT,
            at=now_for(invoice.customer),
            payments=payments_shown(invoice),
        )
        return pdf_response(bytes(receipt.content), filename=f"receipt-{invoice.number}.pdf")
