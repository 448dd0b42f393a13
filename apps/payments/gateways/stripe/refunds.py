"""Giving money back through Stripe: a refund carries our public id, and is asked for under a key of ours."""

from __future__ import annotations

from typing import Any, cast

import stripe
import structlog

from apps.payments.enums import RefundReason, RefundStatus
from apps.payments.gateways.stripe.answers import stripe_amount
from apps.payments.gateways.terms import RefundRequest, RefundResult

logger = structlog.get_logger(__name__)

STATUSES = {
    "pending": RefundStatus.PROCESSING,
    "requires_action": RefundStatus.PROCESSING,
    "succeeded": RefundStatus.SUCCEEDED,
    "failed": RefundStatus.FAILED,
    "canceled": RefundStatus.FAILED,
}
# The reasons that Stripe has words for; it is told no other.
REASONS = {RefundReason.REQUESTED_BY_CUSTOMER, RefundReason.DUPLICATE, RefundReason.FRAUDULENT}
UNANSWERED = RefundResult(RefundStatus.UNKNOWN, error_code="no_answer")


def refund_result(refund: Any) -> RefundResult:
    """What a refund of Stripe says; a status that nobody knows is UNKNOWN."""
    status = STATUSES.get(refund.get("status") or "", RefundStatus.UNKNOWN)
    code = (refund.get("failure_reason") or "") if status == RefundStatus.FAILED else ""
    message = f"The refund came back: {code.replace('_', ' ')}." if code else ""
    return RefundResult(status, gateway_id=refund["id"], error_code=code, message=message)


def make_refund(api: stripe.V1Services, request: RefundRequest) -> RefundResult:
    """Ask for a refund. Only a refused request is a failure: everything else leaves it unknown."""
    amount = stripe_amount(request.amount_minor, request.currency)
    if amount is None:
        return RefundResult(
            RefundStatus.FAILED,
            error_code="amount_not_expressible",
            message="The gateway cannot refund this amount in this currency.",
        )
    params: dict[str, Any] = {
        "payment_intent": request.gateway_id,
        "amount": amount,
        "metadata": {"refund": request.reference},
    }
    if request.reason in REASONS:
        params["reason"] = request.reason
    try:
        made = api.refunds.create(
            params=cast(Any, params), options={"idempotency_key": request.idempotency_key}
        )
    except stripe.StripeError as error:
        return _failed_refund(error)
    return refund_result(made.to_dict())


def fetch_refund(api: stripe.V1Services, gateway_id: str) -> RefundResult:
    """The refund with Stripe's own id, as it is now."""
    try:
        return refund_result(api.refunds.retrieve(gateway_id).to_dict())
    except stripe.StripeError as error:
        logger.warning("refund_not_fetched", refund=gateway_id, error=str(error))
        return RefundResult(RefundStatus.UNKNOWN, gateway_id=gateway_id, error_code="no_answer")


def find_refund(api: stripe.V1Services, request: RefundRequest) -> RefundResult | None:
    """The refund that carries our reference, among those of its payment; None where there is none."""
    try:
        page = api.refunds.list(params={"payment_intent": request.gateway_id, "limit": 100})
        for refund in page.auto_paging_iter():
            found = refund.to_dict()
            if (found.get("metadata") or {}).get("refund") == request.reference:
                return refund_result(found)
    except stripe.StripeError as error:
        logger.warning("refund_not_found_out", refund=request.reference, error=str(error))
        return UNANSWERED
    return None


def _failed_refund(error: stripe.StripeError) -> RefundResult:
    if isinstance(error, stripe.CardError | stripe.InvalidRequestError):
        return RefundResult(
            RefundStatus.FAILED,
            error_code=str(error.code or "refused"),
            message=error.user_message or "The gateway refused the refund.",
        )
    logger.warning("refund_unanswered", error=str(error), kind=type(error).__name__)
    replayed = str((error.headers or {}).get("Idempotent-Replayed", "")).lower() == "true"
    return RefundResult(RefundStatus.UNKNOWN, error_code=error.code or "no_answer", is_final=replayed)
