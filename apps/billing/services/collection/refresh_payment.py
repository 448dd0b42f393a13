from __future__ import annotations

from datetime import datetime

from apps.billing.services.collection.record_outcome import record_outcome
from apps.payments.enums import OPEN_STATUSES
from apps.payments.models import Payment
from apps.payments.services.ask_gateway import ask_gateway


def refresh_payment(*, payment: Payment, at: datetime, now: datetime) -> Payment:
    """Ask the gateway what became of an open attempt and act on it, instead of waiting for its message.

    Never starts another attempt. `at` is the customer's time, `now` real time. Must not be called inside a
    transaction.
    """
    if payment.status not in OPEN_STATUSES:
        return payment
    result = ask_gateway(payment_id=payment.pk, now=now)
    return record_outcome(payment_id=payment.pk, result=result, at=at, asked_at=now)
