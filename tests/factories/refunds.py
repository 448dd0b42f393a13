"""Payments that have succeeded, and refunds of them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from apps.billing.services.collection.collect import collect_invoice
from apps.billing.services.refunds.refund_payment import refund_payment
from apps.payments.enums import PaymentStatus, RefundReason, RefundStatus
from apps.payments.models import Payment, Refund
from apps.payments.services.request_refund import RefundOrder
from tests.factories.billing import STARTED_AT
from tests.factories.payments import make_unpaid_invoice
from tests.fixtures.gateway import GatewaySandbox


def make_paid(gateway: GatewaySandbox, token: str = "pm_card_visa", **customer: Any) -> Payment:
    """A payment of EUR 29.00 of a new subscription, taken at the sandbox."""
    invoice = make_unpaid_invoice(gateway, token, **customer)
    payment = collect_invoice(invoice_id=invoice.pk, at=STARTED_AT)
    assert payment.status == PaymentStatus.SUCCEEDED
    return payment


def make_refund(payment: Payment, *, at: datetime = STARTED_AT, **changes: Any) -> Refund:
    """A row alone, of EUR 1.00, that has arrived."""
    values: dict[str, Any] = {
        "brand_id": payment.brand_id,
        "livemode": payment.livemode,
        "customer_id": payment.customer_id,
        "payment": payment,
        "gateway": payment.gateway,
        "idempotency_key": f"refund-of-{payment.public_id}",
        "amount_minor": 100,
        "currency": payment.currency,
        "reason": RefundReason.OTHER,
        "status": RefundStatus.SUCCEEDED,
        "requested_by": "user:1",
        "created_at": at,
    }
    return Refund.objects.create(**{**values, **changes})


def refund(payment: Payment, amount_minor: int, *, at: datetime = STARTED_AT, **order: Any) -> Refund:
    """Give back so many minor units of a payment, sent at once."""
    asked = RefundOrder(amount_minor, order.pop("reason", RefundReason.REQUESTED_BY_CUSTOMER), **order)
    return refund_payment(payment=payment, order=asked, at=at)
