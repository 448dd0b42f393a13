"""Money coming in and going back, the inbox, and the accounts that gateways and banks keep."""

from __future__ import annotations

from apps.payments.models.account import (
    BankStatementLine,
    GatewayMovement,
    GatewayPayout,
    ReconciliationRun,
)
from apps.payments.models.dispute import Dispute
from apps.payments.models.inbox import GatewayEvent, WebhookSecret
from apps.payments.models.method import GatewayCustomer, PaymentMethod
from apps.payments.models.payment import Payment
from apps.payments.models.received import ReceivedPayment, ReceivedPaymentPart
from apps.payments.models.refund import Refund

__all__ = [
    "BankStatementLine",
    "Dispute",
    "GatewayCustomer",
    "GatewayEvent",
    "GatewayMovement",
    "GatewayPayout",
    "Payment",
    "PaymentMethod",
    "ReceivedPayment",
    "ReceivedPaymentPart",
    "ReconciliationRun",
    "Refund",
    "WebhookSecret",
]
