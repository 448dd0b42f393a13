"""Stripe through stripe-python: it keeps cards and charges them, and knows nothing of plans."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from apps.payments.enums import GatewayName
from apps.payments.gateways.stripe import account, disputes, refunds, webhooks
from apps.payments.gateways.stripe.charges import Charges
from apps.payments.gateways.stripe.connection import reachable
from apps.payments.gateways.stripe.messages import read_stripe_message
from apps.payments.gateways.stripe.methods import Methods
from apps.payments.gateways.terms import (
    BalanceMovement,
    DisputeState,
    GatewayMessage,
    PayoutState,
    RefundRequest,
    RefundResult,
    WebhookRegistration,
)


class StripeGateway(Methods, Charges):
    """Everything that the protocol asks, from the modules beside this."""

    name = GatewayName.STRIPE.value

    def refund(self, request: RefundRequest) -> RefundResult:
        return refunds.make_refund(self._api, request)

    def fetch_refund(self, gateway_id: str) -> RefundResult:
        return refunds.fetch_refund(self._api, gateway_id)

    def find_refund(self, request: RefundRequest) -> RefundResult | None:
        return refunds.find_refund(self._api, request)

    def fetch_dispute(self, gateway_id: str) -> DisputeState:
        with reachable():
            return disputes.fetch_dispute(self._api, gateway_id)

    def submit_evidence(
        self, *, gateway_id: str, evidence: Mapping[str, str], reference: str
    ) -> DisputeState:
        with reachable():
            return disputes.submit_evidence(
                self._api, gateway_id=gateway_id, evidence=evidence, reference=reference
            )

    def movements(self, *, since: datetime, until: datetime) -> Iterator[BalanceMovement]:
        with reachable():
            yield from account.movements(self._api, since=since, until=until)

    def payouts(self, *, since: datetime, until: datetime) -> Iterator[PayoutState]:
        with reachable():
            yield from account.payouts(self._api, since=since, until=until)

    def read_message(
        self, *, body: bytes, headers: Mapping[str, str], secrets: list[str], at: datetime
    ) -> GatewayMessage:
        signature = headers.get("stripe-signature", "")
        return read_stripe_message(body=body, signature=signature, secrets=secrets, at=at)

    def register_webhook(self, *, url: str, known_id: str | None) -> WebhookRegistration | None:
        with reachable():
            return webhooks.register_webhook(self._api, url=url, known_id=known_id)
