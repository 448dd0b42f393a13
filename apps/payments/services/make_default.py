from __future__ import annotations

from datetime import datetime

from apps.audit.services.record import record_event
from apps.payments.models import PaymentMethod


def make_default(*, method: PaymentMethod, at: datetime) -> bool:
    """Let automatic charges use this method; True when another one was used until now.

    The caller's transaction holds the lock of the customer's row at the gateway.
    """
    if method.is_default:
        return False
    # The old one first: the database allows one default at any moment.
    PaymentMethod.objects.filter(customer_id=method.customer_id, is_default=True).update(is_default=False)
    method.is_default, method.is_backup = True, False
    method.save(update_fields=["is_default", "is_backup"])
    record_event(name="payment_method.default_changed", subject=method, at=at, data=card_data(method))
    return True


def card_data(method: PaymentMethod) -> dict[str, str]:
    """What an event may tell of a card."""
    return {"card_brand": method.card_brand, "last4": method.last4}
