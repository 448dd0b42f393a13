"""Refunds of captures, and disputes, for which the SDK has no calls."""

from __future__ import annotations

import json
from collections.abc import Mapping

from apps.payments.enums import RefundStatus
from apps.payments.gateways.paypal.amounts import paypal_value
from apps.payments.gateways.paypal.answers import dispute_state, refund_result, unit_of
from apps.payments.gateways.paypal.connection import Connection, NoAnswer, Refused
from apps.payments.gateways.paypal.methods import reachable
from apps.payments.gateways.terms import DisputeState, RefundRequest, RefundResult

UNANSWERED = RefundResult(RefundStatus.UNKNOWN, error_code="no_answer")
DISPUTES = "/v1/customer/disputes"
LONGEST_NOTE = 2000


class PayPalRefunds:
    _api: Connection

    def refund(self, request: RefundRequest) -> RefundResult:
        value = paypal_value(request.amount_minor, request.currency)
        if value is None:
            return RefundResult(
                RefundStatus.FAILED,
                error_code="amount_not_expressible",
                message="The gateway cannot give this amount back in this currency.",
            )
        wanted = {
            "capture_id": request.capture_id,
            "paypal_request_id": request.idempotency_key,
            "prefer": "return=representation",
            "body": {
                "amount": {"currency_code": request.currency, "value": value},
                "custom_id": request.reference,
            },
        }
        try:
            return refund_result(self._api.call(self._api.sdk.payments.refund_captured_payment, wanted))
        except Refused as refused:
            return RefundResult(
                RefundStatus.FAILED, error_code=refused.issue.lower(), message=refused.message
            )
        except NoAnswer:
            return UNANSWERED

    def fetch_refund(self, gateway_id: str) -> RefundResult:
        try:
            wanted = {"refund_id": gateway_id}
            return refund_result(self._api.call(self._api.sdk.payments.get_refund, wanted))
        except (NoAnswer, Refused):
            return RefundResult(RefundStatus.UNKNOWN, gateway_id=gateway_id, error_code="no_answer")

    def find_refund(self, request: RefundRequest) -> RefundResult | None:
        """An order lists its refunds, each with our id."""
        try:
            order = self._api.call(self._api.sdk.orders.get_order, {"id": request.gateway_id})
        except (NoAnswer, Refused):
            return UNANSWERED
        refunds = (unit_of(order).get("payments") or {}).get("refunds") or []
        found = [refund for refund in refunds if refund.get("custom_id") == request.reference]
        return refund_result(found[0]) if found else None

    def fetch_dispute(self, gateway_id: str) -> DisputeState:
        with reachable():
            return dispute_state(self._api.rest("GET", f"{DISPUTES}/{gateway_id}"))

    def submit_evidence(
        self, *, gateway_id: str, evidence: Mapping[str, str], reference: str
    ) -> DisputeState:
        """All of it goes as one note: PayPal's other kinds of evidence are files and tracking numbers."""
        notes = "\n\n".join(f"{name}: {text}" for name, text in evidence.items())
        told = {"evidences": [{"evidence_type": "OTHER", "notes": notes[:LONGEST_NOTE]}]}
        with reachable():
            self._api.rest(
                "POST",
                f"{DISPUTES}/{gateway_id}/provide-evidence",
                files={"input": ("input.json", json.dumps(told).encode(), "application/json")},
            )
            return dispute_state(self._api.rest("GET", f"{DISPUTES}/{gateway_id}"))
