from __future__ import annotations

from typing import ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.billing.serializers import PayInvoiceInput, PaymentWithSecretSerializer
from apps.billing.services.adopt_card import adopt_card, change_default_method
from apps.billing.services.collect import collect_invoice
from apps.core.api.views import ApiView
from apps.customers.models import Customer
from apps.customers.selectors import get_customer, now_for
from apps.invoices.models import Invoice
from apps.invoices.selectors import get_invoice
from apps.payments.selectors import get_method, get_payment
from apps.payments.serializers import PaymentMethodSerializer


class CollectingView(ApiView):
    """What the endpoints share that call the gateway: no transaction may wait for it."""

    def customer(self, reference: str) -> Customer:
        return get_customer(
            brand_id=self.credential.brand_id,
            livemode=self.credential.livemode,
            reference=reference,
        )

    def invoice(self, reference: str) -> Invoice:
        return get_invoice(
            brand_id=self.credential.brand_id,
            livemode=self.credential.livemode,
            reference=reference,
        )


class PayInvoice(CollectingView):
    required_scopes: ClassVar = {"post": "payments:write"}
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
        form = PayInvoiceInput(data=request.data)
        form.is_valid(raise_exception=True)
        reference = form.validated_data.get("payment_method")
        method = get_method(customer_id=invoice.customer_id, reference=reference) if reference else None
        payment = collect_invoice(
            invoice_id=invoice.pk,
            at=now_for(invoice.customer),
            off_session=form.validated_data["off_session"],
            method=method,
        )
        return self.object_response(payment, PaymentWithSecretSerializer)

    def render_object(self, request: Request, *, object_type: str, object_id: str) -> Response:
        payment = get_payment(
            brand_id=self.credential.brand_id, livemode=self.credential.livemode, reference=object_id
        )
        return self.object_response(payment, PaymentWithSecretSerializer)


class FinishCardSetup(CollectingView):
    required_scopes: ClassVar = {"post": "payments:write"}
    idempotency = "object"

    @extend_schema(
        operation_id="finish_card_setup",
        tags=["payments"],
        request=None,
        responses=PaymentMethodSerializer,
    )
    def post(self, request: Request, customer_id: str, setup_id: str) -> Response:
        """Keep the card that a setup has saved: the default from now on, charged for what is unpaid."""
        customer = self.customer(customer_id)
        method = adopt_card(customer=customer, setup_id=setup_id, at=now_for(customer))
        return self.object_response(method, PaymentMethodSerializer)

    def render_object(self, request: Request, *, object_type: str, object_id: str) -> Response:
        customer = self.customer(self.kwargs["customer_id"])
        method = get_method(customer_id=customer.pk, reference=object_id)
        return self.object_response(method, PaymentMethodSerializer)


class ChooseDefaultMethod(CollectingView):
    required_scopes: ClassVar = {"post": "payments:write"}
    idempotency = "object"

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

    def render_object(self, request: Request, *, object_type: str, object_id: str) -> Response:
        customer = self.customer(self.kwargs["customer_id"])
        method = get_method(customer_id=customer.pk, reference=object_id)
        return self.object_response(method, PaymentMethodSerializer)
