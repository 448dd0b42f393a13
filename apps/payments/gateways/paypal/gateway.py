"""PayPal as the platform knows it, put together from its parts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from apps.payments.enums import GatewayName
from apps.payments.gateways.paypal.account import PayPalAccount
from apps.payments.gateways.paypal.charges import PayPalCharges
from apps.payments.gateways.paypal.connection import Connection
from apps.payments.gateways.paypal.messages import read_paypal_message
from apps.payments.gateways.paypal.methods import PayPalMethods, reachable
from apps.payments.gateways.paypal.refunds import PayPalRefunds
from apps.payments.gateways.terms import GatewayMessage, WebhookRegistration

WEBHOOKS = "/v1/notifications/webhooks"
# The types that something is done about; PayPal sends no other.
WEBHOOK_EVENTS = (
    "CHECKOUT.ORDER.APPROVED",
    "CUSTOMER.DISPUTE.CREATED",
    "CUSTOMER.DISPUTE.RESOLVED",
    "CUSTOMER.DISPUTE.UPDATED",
    "PAYMENT.CAPTURE.COMPLETED",
    "PAYMENT.CAPTURE.DECLINED",
    "PAYMENT.CAPTURE.DENIED",
    "PAYMENT.CAPTURE.PENDING",
    "PAYMENT.CAPTURE.REFUNDED",
    "PAYMENT.CAPTURE.REVERSED",
    "PAYMENT.REFUND.FAILED",
    "PAYMENT.REFUND.PENDING",
    "VAULT.PAYMENT-TOKEN.DELETED",
)


class PayPalGateway(PayPalMethods, PayPalCharges, PayPalRefunds, PayPalAccount):
    """One connection for the process. It never retries: attempts and their keys are rows of ours."""

    name = GatewayName.PAYPAL.value

    def __init__(self) -> None:
        self._api = Connection()

    def read_message(
        self, *, body: bytes, headers: Mapping[str, str], secrets: list[str], at: datetime
    ) -> GatewayMessage:
        """A webhook's id takes the place of a secret: PayPal signs it with every message."""
        return read_paypal_message(body=body, headers=headers, webhook_ids=secrets, at=at)

    def register_webhook(self, *, url: str, known_id: str | None) -> WebhookRegistration | None:
        with reachable():
            listed: list[dict[str, Any]] = self._api.rest("GET", WEBHOOKS).get("webhooks") or []
            here = [webhook["id"] for webhook in listed if webhook["url"] == url]
            if known_id in here:
                return None
            for webhook_id in here:
                self._api.rest("DELETE", f"{WEBHOOKS}/{webhook_id}")
            types = [{"name": name} for name in WEBHOOK_EVENTS]
            made = self._api.rest("POST", WEBHOOKS, body={"url": url, "event_types": types})
        return WebhookRegistration(made["id"], made["id"])
