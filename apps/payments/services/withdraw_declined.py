from __future__ import annotations

from apps.payments.enums import PaymentStatus
from apps.payments.gateways.protocol import Gateway
from apps.payments.gateways.terms import ChargeResult


def withdraw_declined(*, gateway: Gateway, result: ChargeResult, off_session: bool) -> ChargeResult:
    """Close a declined attempt at the gateway too, when the customer is there. Call outside a transaction.

    The customer's page could still confirm it with another card, and so pay a second time beside the next
    attempt. The decline stays the result, unless money came first.
    """
    if off_session or result.status != PaymentStatus.FAILED or not result.gateway_id:
        return result
    withdrawn = gateway.cancel_charge(result.gateway_id)
    return result if withdrawn.status == PaymentStatus.CANCELED else withdrawn
