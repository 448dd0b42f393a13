from __future__ import annotations

from datetime import datetime

import structlog
from django.db import InterfaceError, OperationalError

from apps.billing.services.collection.record_outcome import record_outcome
from apps.customers.selectors import now_for
from apps.payments.enums import PaymentStatus
from apps.payments.gateways.terms import ChargeResult
from apps.payments.models import Payment
from apps.payments.selectors import payments_to_check
from apps.payments.services.ask_gateway import ask_gateway

logger = structlog.get_logger(__name__)


def resolve_payments(*, now: datetime, limit: int = 50) -> int:
    """Ask the gateway about attempts whose outcome is open, and act on the answers; says how many.

    `now` is real time: a gateway lives in it, whatever clock a customer sits on. Each attempt is on its own:
    one that cannot be asked about is looked at again later.
    """
    payments = payments_to_check(now, limit)
    for payment in payments:
        _resolve(payment, now)
    return len(payments)


def _resolve(payment: Payment, now: datetime) -> None:
    try:
        result = ask_gateway(payment_id=payment.pk, now=now)
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        logger.exception("payment_not_resolved", payment=payment.public_id)
        result = ChargeResult(PaymentStatus.UNKNOWN, error_code="not_asked")
    # Each customer has a time of its own, so it cannot be handed in from above.
    record_outcome(payment_id=payment.pk, result=result, at=now_for(payment.customer), asked_at=now)
