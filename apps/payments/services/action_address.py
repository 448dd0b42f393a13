from __future__ import annotations

from apps.payments.enums import PaymentStatus
from apps.payments.gateways.registry import gateway_named
from apps.payments.models import Payment


def action_address(*, payment: Payment) -> str:
    """The provider's own page on which the customer confirms; empty when there is none (any more).

    It is asked of the gateway each time and never stored. Call outside a transaction.
    """
    if payment.status != PaymentStatus.REQUIRES_ACTION or not payment.gateway_id:
        return ""
    return gateway_named(payment.gateway).fetch_charge(payment.gateway_id).redirect_url
