from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from apps.core import clock
from apps.payments.enums import MethodKind
from apps.payments.gateways.paypal.gateway import WEBHOOK_EVENTS
from apps.payments.gateways.terms import ChargeResult, SavedMethod
from tests.fixtures.paypal import PayPalSandbox, connect
from tests.payments.contract.case import ADA, GatewayCase, SignedMessage

HOOK = "http://127.0.0.1:8000/webhooks/paypal"
ACCOUNTS = {
    "ok": "ada@example.com",
    "soft": "insufficient@example.com",
    "hard": "closed@example.com",
    "action": "action@example.com",
}


class Case(GatewayCase):
    name = "paypal"
    kind = MethodKind.PAYPAL
    currency = "EUR"
    charge_path = "/paypal/v2/checkout/orders"
    refund_path = "/paypal/v2/payments/captures/*/refund"
    oldest_message = timedelta(days=4)
    other_secret = "0AB12345CD678901E"

    def configure(self, settings: Any) -> None:
        connect(settings, self.control.url)
        self.paypal = PayPalSandbox(self.control)

    def save_method(self, outcome: str = "ok") -> SavedMethod:
        return self.paypal.save_account(ACCOUNTS[outcome], reference=ADA.reference)

    def captured_minor(self) -> list[int]:
        taken = {"COMPLETED", "PARTIALLY_REFUNDED", "REFUNDED"}
        return [minor(c) for c in self.paypal.state()["captures"] if c["status"] in taken]

    def refunded_minor(self) -> list[int]:
        return [minor(r) for r in self.paypal.state()["refunds"] if r["status"] == "COMPLETED"]

    def open_dispute(self, charged: ChargeResult) -> str:
        return str(self.paypal.call("dispute", capture=charged.capture_id)["dispute_id"])

    def message(self, charged: ChargeResult, *, signed_at: datetime | None = None) -> SignedMessage:
        found = [
            event
            for event in self.paypal.call("events")["events"]
            if event["event_type"] in WEBHOOK_EVENTS and event["resource"].get("id") == charged.capture_id
        ]
        return self.sealed(found[0]["id"], signed_at=signed_at)

    def sealed(self, event_id: str, *, signed_at: datetime | None = None) -> SignedMessage:
        """The event as PayPal would send it to our webhook, which is registered here if it is not yet."""
        self.gateway.register_webhook(url=HOOK, known_id=None)
        (webhook,) = self.paypal.state()["webhooks"]
        at = (signed_at or clock.now()).timestamp()
        sent = self.paypal.call("message", event=event_id, webhook=webhook["id"], at=at)
        headers = {name.lower(): value for name, value in sent["headers"].items()}
        return SignedMessage(sent["body"].encode(), headers, [webhook["id"]])


def minor(thing: dict[str, Any]) -> int:
    return int(Decimal(thing["amount"]["value"]) * 100)
