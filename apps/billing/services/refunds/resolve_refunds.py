from __future__ import annotations

from datetime import datetime

import structlog
from django.db import InterfaceError, OperationalError

from apps.billing.services.refunds.record_refund import record_refund
from apps.customers.selectors import now_for
from apps.payments.enums import RefundStatus
from apps.payments.gateways.terms import RefundResult
from apps.payments.models import Refund
from apps.payments.refund_selectors import refunds_to_check, refunds_to_send
from apps.payments.services.ask_refund import ask_refund
from apps.payments.services.send_refund import send_refund

logger = structlog.get_logger(__name__)


def resolve_refunds(*, now: datetime, limit: int = 50) -> int:
    """Send refunds that wait to be sent, and ask about those whose outcome is open; says how many.

    `now` is real time: a gateway lives in it. Each refund is on its own: one that cannot be asked about is
    looked at again later.
    """
    waiting = refunds_to_send(limit)
    for refund in waiting:
        _act(refund, now, is_new=True)
    open_ones = refunds_to_check(now, limit)
    for refund in open_ones:
        _act(refund, now, is_new=False)
    return len(waiting) + len(open_ones)


def _act(refund: Refund, now: datetime, *, is_new: bool) -> None:
    result: RefundResult | None
    try:
        ask = send_refund if is_new else ask_refund
        result = ask(refund_id=refund.pk, now=now)
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        logger.exception("refund_not_resolved", refund=refund.public_id)
        result = RefundResult(RefundStatus.UNKNOWN, error_code="not_asked")
    if result is not None:
        # Each customer has a time of its own, so it cannot be handed in from above.
        record_refund(refund_id=refund.pk, result=result, at=now_for(refund.customer), asked_at=now)
