from __future__ import annotations

from datetime import datetime

from apps.payments.enums import RefundStatus
from apps.payments.gateways.registry import gateway_named
from apps.payments.gateways.terms import RefundResult
from apps.payments.models import Refund
from apps.payments.refund_selectors import refund_request
from apps.payments.services.ask_gateway import KEY_LIFETIME, STORED_ERROR_PATIENCE

NEVER_REFUNDED = RefundResult(
    RefundStatus.FAILED,
    error_code="not_refunded",
    message="The payment provider did not process the refund.",
)


def ask_refund(*, refund_id: int, now: datetime) -> RefundResult:
    """Find out what became of a refund that was sent. Writes nothing; call outside a transaction.

    One without a gateway id is looked for first, and sent again under its own key only while the gateway
    still remembers that. After that it is only read: one that the gateway does not have was never made.
    `now` is real time.
    """
    refund = Refund.objects.select_related("payment").get(pk=refund_id)
    gateway = gateway_named(refund.gateway)
    if refund.gateway_id:
        return gateway.fetch_refund(refund.gateway_id)
    sent_at = refund.sent_at or now
    request, age = refund_request(refund, sent_at), now - sent_at
    found = gateway.find_refund(request)
    if found is not None:
        return found
    if age > KEY_LIFETIME:
        return NEVER_REFUNDED
    result = gateway.refund(request)
    if result.status == RefundStatus.UNKNOWN and result.is_final and age > STORED_ERROR_PATIENCE:
        return gateway.find_refund(request) or NEVER_REFUNDED
    return result
