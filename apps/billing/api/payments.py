"""Paying an invoice, and the cards it is paid with."""

from __future__ import annotations

from typing import ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.billing.api.base import BillingView
from apps.billing.serializers import PayInvoiceInput, PaymentWithSecretSerializer
from apps.billing.services.collection.adopt_method import adopt_method, change_default_method
from apps.billing.services.collection.collect import collect_invoice
from apps.core.api.schema import REFUSALS
from apps.customers.selectors import now_for
from apps.payments.selectors import get_method, get_payment
from apps.payments.serializers import PaymentMethodSerializer


class PayInvoice(BillingView):
    required_scopes: ClassVar = {"post": "payments:write"}
    # The gateway is called, which no transaction may wait for.
    idempotency = "object"

    @extend_schema(
        operation_id="pay_invoice",
        tags=["payments"],
        request=PayInvoiceInput,
        responses=PaymentWithSecretSerializer,
    )
    def post(self, request: Request, invoice_id: str) -> Response:
        """Charge what an open invoice owes, now. A decline is an answer, not an error: look at `status`."""
        invoice = self.invoice(invoice_id)
        asked = self.read(PayInvoiceInput)
        reference = asked.get("payment_method")
        method = get_method(customer_id=invoice.customer_id, reference=reference) if reference else None
        payment = collect_invoice(
            invoice_id=invoice.pk,
            at=now_for(invoice.customer),
            off_session=asked["off_session"],
            method=method,
        )
        return self.object_response(payment, PaymentWithSecretSerializer)

    def render_object(self, request: Request, *, object_type: str, object_id: str) -> Response:
        payment = get_payment(**self.tenant, reference=object_id)
        return self.object_response(payment, PaymentWithSecretSerializer)


class PaymentMethodView(BillingView):
    """What changes which card is charged, and answers with it."""

    required_scopes: ClassVar = {"post": "payments:write"}
    # The gateway is called, which no transaction may wait for.
    idempotency = "object"

    def render_object(self, request: Request, *, object_type: str, object_id: str) -> Response:
        customer = self.customer(self.kwargs["customer_id"])
        method = get_method(customer_id=customer.pk, reference=object_id)
        return self.object_response(method, PaymentMethodSerializer)


class FinishMethodSetup(PaymentMethodView):
    @extend_schema(
        operation_id="finish_method_setup",
        tags=["payments"],
        request=None,
        responses=PaymentMethodSerializer,
        extensions={
            REFUSALS: {"402": "No card was saved, or it was refused.", "503": "The gateway did not answer."}
        },
    )
    def post(self, request: Request, customer_id: str, setup_id: str) -> Response:
        """Keep the card that a setup has saved: the default from now on, charged for what is unpaid."""
        customer = self.customer(customer_id)
        method = adopt_method(customer=customer, setup_id=setup_id, at=now_for(customer))
        return self.object_response(method, PaymentMethodSerializer)


class ChooseDefaultMethod(PaymentMethodView):
    @extend_schema(
        operation_id="choose_default_payment_method",
        tags=["payments"],
        request=None,
        responses=PaymentMethodSerializer,
    )
    def post(self, request: Request, customer_id: str, method_id: str) -> Response:
        """Charge this card from now on, and unpaid invoices at once."""
        customer = self.customer(customer_id)
        method = get_method(customer_id=customer.pk, reference=method_id)
        method = change_default_method(method=method, at=now_for(customer))
        return self.object_response(method, PaymentMethodSerializer)
