from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from apps.core import clock
from apps.payments.enums import MethodKind
from apps.payments.gateways.stripe.connection import stripe_client
from apps.payments.gateways.terms import ChargeResult, SavedMethod, SetupRequest
from tests.fixtures.gateway import GatewaySandbox, signature
from tests.payments.contract.case import ADA, GatewayCase, SignedMessage

SECRET = "whsec_contract"
BEHAVIOURS = {"soft": "insufficient_funds", "hard": "lost_card", "action": "authenticate_always"}


class Case(GatewayCase):
    name = "stripe"
    kind = MethodKind.CARD
    currency = "EUR"
    charge_path = "/v1/payment_intents"
    refund_path = "/v1/refunds"
    other_secret = "whsec_another"

    def configure(self, settings: Any) -> None:
        settings.STRIPE_API_HOST = settings.STRIPE_API_BASE = self.control.url
        self.stripe = GatewaySandbox(self.control, stripe_client().v1)

    def save_method(self, outcome: str = "ok") -> SavedMethod:
        customer = self.gateway.create_customer(ADA)
        setup = self.gateway.start_setup(SetupRequest(customer_ref=customer, reference=ADA.reference))
        self.stripe.confirm_setup(setup.setup_id)
        method = self.gateway.finish_setup(setup.setup_id)
        if outcome != "ok":
            self.control.set_behaviour(method.gateway_id, BEHAVIOURS[outcome])
        return method

    def captured_minor(self) -> list[int]:
        return [charge["amount_captured"] for charge in self.control.charges(status="succeeded")]

    def refunded_minor(self) -> list[int]:
        return [refund.amount for refund in self.stripe.api.refunds.list().data]

    def open_dispute(self, charged: ChargeResult) -> str:
        return str(self.control.open_dispute(charged.capture_id)["id"])

    def message(self, charged: ChargeResult, *, signed_at: datetime | None = None) -> SignedMessage:
        found = [
            event
            for event in self.stripe.events()
            if event["type"] == "payment_intent.succeeded"
            and event["data"]["object"]["id"] == charged.gateway_id
        ]
        body = json.dumps(found[0]).encode()
        signed = signature(body, SECRET, signed_at or clock.now())
        return SignedMessage(body, {"stripe-signature": signed}, [SECRET])
