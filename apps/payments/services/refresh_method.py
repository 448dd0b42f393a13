from __future__ import annotations

from datetime import datetime

from apps.payments.gateways.registry import gateway_named
from apps.payments.models import PaymentMethod
from apps.payments.selectors import customer_ref
from apps.payments.services.remove_method import forget_method


def refresh_method(*, method: PaymentMethod, at: datetime) -> None:
    """Copy what the gateway now says of a card: banks renew expiry dates, and cards are withdrawn.

    Call outside a transaction.

    Raises:
        GatewayUnreachable: the gateway did not answer (503).
    """
    saved = gateway_named(method.gateway).fetch_method(
        customer_ref=customer_ref(method), gateway_id=method.gateway_id
    )
    if saved is None:
        forget_method(method_id=method.pk, at=at)
        return
    method.last4, method.exp_month, method.exp_year = saved.last4, saved.exp_month, saved.exp_year
    method.save(update_fields=["last4", "exp_month", "exp_year"])
