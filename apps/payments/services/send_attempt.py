from __future__ import annotations

from apps.payments.gateways.registry import gateway_named
from apps.payments.gateways.terms import ChargeResult
from apps.payments.models import Payment
from apps.payments.selectors import charge_request
from apps.payments.services.withdraw_declined import withdraw_declined


def send_attempt(*, payment_id: int) -> ChargeResult:
    """Ask the gateway to charge a committed attempt. Writes nothing; call outside a transaction.

    A repeated call sends the same key and the same bytes, so the gateway charges once (it remembers keys for
    a day). No answer is an UNKNOWN result, never an exception.
    """
    payment = Payment.objects.select_related("invoice", "payment_method").get(pk=payment_id)
    gateway = gateway_named(payment.gateway)
    result = gateway.charge(charge_request(payment))
    return withdraw_declined(gateway=gateway, result=result, off_session=payment.is_off_session)
