"""Money that goes back: refunds under their own key, and disputes."""

from __future__ import annotations

from collections.abc import Mapping

import structlog

from apps.payments.enums import RefundStatus
from apps.payments.gateways.razorpay.answers import dispute_state, refund_result
from apps.payments.gateways.razorpay.connection import Connection, NoAnswer, RequestRefused, reachable
from apps.payments.gateways.terms import DisputeState, RefundRequest, RefundResult

logger = structlog.get_logger(__name__)

NOT_TOLD = RefundResult(RefundStatus.UNKNOWN, error_code="no_answer")
# What Razorpay takes as the explanation of a contested dispute.
SUMMARY_LENGTH = 1000


class Returns(Connection):
    """GivesBack. A refund is Razorpay's `normal` one: it takes 5 to 7 days to reach the customer."""

    def refund(self, request: RefundRequest) -> RefundResult:
        try:
            answer = self.api.payment.refund(
                request.capture_id,
                {
                    "amount": request.amount_minor,
                    "speed": "normal",
                    "receipt": request.reference,
                    "notes": {"refund": request.reference, "reason": request.reason},
                },
                # Razorpay wants ten characters at least.
                headers={"X-Refund-Idempotency": request.idempotency_key.ljust(10, "-")},
            )
        except RequestRefused as refused:
            return RefundResult(
                RefundStatus.FAILED, error_code=refused.reason or refused.code, message=refused.description
            )
        except NoAnswer as silence:
            logger.warning("refund_unanswered", refund=request.reference, error=str(silence))
            return NOT_TOLD
        return refund_result(answer)

    def fetch_refund(self, gateway_id: str) -> RefundResult:
        try:
            return refund_result(self.api.refund.fetch(gateway_id))
        except (NoAnswer, RequestRefused) as error:
            logger.warning("refund_not_fetched", refund=gateway_id, error=str(error))
            return NOT_TOLD

    def find_refund(self, request: RefundRequest) -> RefundResult | None:
        try:
            refunds = self.api.payment.fetch_multiple_refund(request.capture_id, {"count": 100})["items"]
        except (NoAnswer, RequestRefused) as error:
            logger.warning("refund_not_found_out", refund=request.reference, error=str(error))
            return NOT_TOLD
        for refund in refunds:
            if (refund.get("notes") or {}).get("refund") == request.reference:
                return refund_result(refund)
        return None

    def fetch_dispute(self, gateway_id: str) -> DisputeState:
        with reachable():
            return dispute_state(self.api.dispute.fetch(gateway_id))

    def submit_evidence(
        self, *, gateway_id: str, evidence: Mapping[str, str], reference: str
    ) -> DisputeState:
        """The texts as one explanation; documents are uploaded in Razorpay's dashboard."""
        told = "\n\n".join(text.strip() for text in evidence.values() if text.strip())
        with reachable():
            return dispute_state(
                self.api.dispute.contest(gateway_id, {"summary": told[:SUMMARY_LENGTH], "action": "submit"})
            )
