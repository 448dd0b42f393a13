from __future__ import annotations

from datetime import datetime
from typing import Any

from apps.payments.enums import MethodKind
from apps.payments.gateways.terms import ChargeResult, SavedMethod, SetupRequest
from tests.fixtures.razorpay import RazorpayControl
from tests.payments.contract.case import ADA, GatewayCase, SignedMessage

CARDS = {
    "ok": "4718609108204366",
    "soft": "4000000000009995",
    "hard": "4000000000000069",
    "action": "4000002760003184",
}


class Case(GatewayCase):
    name = "razorpay"
    kind = MethodKind.CARD
    currency = "INR"
    charge_path = "/razorpay/v1/payments/create/recurring"
    refund_path = "/razorpay/v1/payments/*/refund"
    # Only the body is signed, and a repeated delivery has the old one.
    oldest_message = None
    other_secret = "another-secret-of-a-webhook"

    def configure(self, settings: Any) -> None:
        self.razorpay = RazorpayControl(self.control)
        self.razorpay.configure(settings)

    def save_method(self, outcome: str = "ok") -> SavedMethod:
        customer = self.gateway.create_customer(ADA)
        setup = self.gateway.start_setup(
            SetupRequest(customer_ref=customer, reference=ADA.reference, currency="INR", email=ADA.email)
        )
        self.razorpay.agree(setup.setup_id, number=CARDS[outcome])
        return self.gateway.finish_setup(setup.setup_id)

    def captured_minor(self) -> list[int]:
        return [p["amount"] for p in self.razorpay.charges() if p["captured"]]

    def refunded_minor(self) -> list[int]:
        ours = {p["id"] for p in self.razorpay.charges()}
        return [
            refund["amount"]
            for refund in self.razorpay.state()["refunds"]
            if refund["status"] != "failed" and refund["payment_id"] in ours
        ]

    def open_dispute(self, charged: ChargeResult) -> str:
        return str(self.razorpay.post("disputes", {"payment": charged.capture_id})["id"])

    def message(self, charged: ChargeResult, *, signed_at: datetime | None = None) -> SignedMessage:
        sent = self.razorpay.message("payment.captured", of=charged.capture_id)
        return SignedMessage(sent.body, sent.headers, sent.secrets)
