"""What card networks allow: too many attempts with one card cost a fine, and are refused."""

from __future__ import annotations

from datetime import datetime, timedelta

from apps.payments.enums import PaymentStatus
from apps.payments.models import Payment, PaymentMethod

# Visa: at most 15 attempts in 30 days with one card for one amount.
MOST_ATTEMPTS = 15
WINDOW = timedelta(days=30)


def declines_within_window(*, method: PaymentMethod, amount_minor: int, currency: str, at: datetime) -> int:
    """How many charges of this amount without the customer the card has declined in the 30 days before `at`.

    `at` is the customer's time. A card that was saved twice is one card: its fingerprint tells.
    """
    tried = Payment.objects.filter(
        customer_id=method.customer_id,
        created_at__gt=at - WINDOW,
        created_at__lte=at,
        status=PaymentStatus.FAILED,
        is_off_session=True,
        amount_minor=amount_minor,
        currency=currency,
    )
    if not method.fingerprint:
        return tried.filter(payment_method=method).count()
    return tried.filter(payment_method__fingerprint=method.fingerprint).count()
