"""Payments that their payers' banks take back."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from apps.payments.enums import DisputeStatus
from apps.payments.models import Dispute, Payment
from tests.factories.billing import STARTED_AT


def make_dispute(payment: Payment, *, at: datetime = STARTED_AT, **changes: Any) -> Dispute:
    """A row alone, of the whole payment, that waits for evidence."""
    values: dict[str, Any] = {
        "brand_id": payment.brand_id,
        "livemode": payment.livemode,
        "customer_id": payment.customer_id,
        "payment": payment,
        "gateway": payment.gateway,
        "gateway_id": f"du_{payment.public_id}",
        "amount_minor": payment.amount_minor,
        "currency": payment.currency,
        "reason": "fraudulent",
        "status": DisputeStatus.NEEDS_RESPONSE,
        "opened_at": at,
    }
    return Dispute.objects.create(**{**values, **changes})
