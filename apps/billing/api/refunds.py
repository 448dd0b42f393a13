"""Giving money of a payment back."""

from __future__ import annotations

from typing import ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.billing.api.base import BillingView
from apps.billing.services.refunds.refund_payment import refund_payment
from apps.core.api.fields import MinorUnits
from apps.core.api.schema import REFUSALS
from apps.core.api.strict import StrictSerializer
from apps.customers.selectors import now_for
from apps.invoices.selectors import get_credit_note
from apps.payments.enums import RefundReason
from apps.payments.refund_selectors import get_refund
from apps.payments.refund_serializers import RefundSerializer
from apps.payments.selectors import get_payment
from apps.payments.services.request_refund import RefundOrder


class RefundInput(StrictSerializer):
    amount_minor = MinorUnits(
        required=False, min_value=1, help_text="Without it all that is left of the payment."
    )
    reason = serializers.ChoiceField(RefundReason.choices, default=RefundReason.REQUESTED_BY_CUSTOMER)
    note = serializers.CharField(
        required=False, default="", allow_blank=True, max_length=500, help_text="For staff."
    )
    credit_note = serializers.CharField(
        required=False, max_length=40, help_text="Id or number of the credit note that it pays out."
    )


class RefundPayment(BillingView):
    required_scopes: ClassVar = {"post": "payments:write"}
    # The gateway is called, which no transaction may wait for.
    idempotency = "object"

    @extend_schema(
        operation_id="refund_payment",
        tags=["payments"],
        request=RefundInput,
        responses={201: RefundSerializer},
        extensions={REFUSALS: {"409": "More than is left of the payment or of the credit note."}},
    )
    def post(self, request: Request, payment_id: str) -> Response:
        """Give all or part of a payment back. What the gateway says is in `status`; above the brand's limit
        it is `awaiting_approval` until staff decide."""
        payment = get_payment(**self.tenant, reference=payment_id)
        asked = self.read(RefundInput)
        reference = asked.get("credit_note")
        order = RefundOrder(
            amount_minor=asked.get("amount_minor", payment.refundable_minor),
            reason=asked["reason"],
            note=asked["note"],
            credit_note=get_credit_note(**self.tenant, reference=reference) if reference else None,
        )
        refund = refund_payment(payment=payment, order=order, at=now_for(payment.customer))
        return self.object_response(refund, RefundSerializer, status=201)

    def render_object(self, request: Request, *, object_type: str, object_id: str) -> Response:
        refund = get_refund(**self.tenant, reference=object_id)
        return self.object_response(refund, RefundSerializer, status=201)
