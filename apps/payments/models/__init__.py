"""Money coming in: methods, attempts, refunds, disputes, money without a gateway, and the inbox."""

from __future__ import annotations

from apps.payments.models.dispute import Dispute
from apps.payments.models.inbox import GatewayEvent, WebhookSecret
from apps.payments.models.method import GatewayCustomer, PaymentMethod
from apps.payments.models.payment import Payment
from apps.payments.models.received import ReceivedPayment, ReceivedPaymentPart
from apps.payments.models.refund import Refund

__all__ = [
    "Dispute",
    "GatewayCustomer",
    "GatewayEvent",
    "Payment",
    "PaymentMethod",
    "ReceivedPayment",
    "ReceivedPaymentPart",
    "Refund",
    "WebhookSecret",
]
