from __future__ import annotations

from datetime import datetime, timedelta

from apps.payments.enums import OPEN_STATUSES, DeclineKind, PaymentStatus
from apps.payments.gateways.protocol import Gateway
from apps.payments.gateways.registry import gateway_named
from apps.payments.gateways.terms import ChargeResult
from apps.payments.models import Payment
from apps.payments.selectors import charge_request
from apps.payments.services.withdraw_declined import withdraw_declined

# Stripe forgets keys after 24 hours; the margin covers a slow call and clocks that differ.
KEY_LIFETIME = timedelta(hours=23)
# After this long a request that the gateway only answers by its stored error is not at work any more.
STORED_ERROR_PATIENCE = timedelta(minutes=10)
# How long a customer may take to confirm.
ACTION_LIMIT = timedelta(hours=24)

NEVER_CHARGED = ChargeResult(
    PaymentStatus.FAILED,
    error_code="not_charged",
    decline_kind=DeclineKind.SOFT,
    message="The payment provider did not process the payment.",
)


def ask_gateway(*, payment_id: int, now: datetime) -> ChargeResult:
    """Find out what became of an attempt. Writes nothing; call outside a transaction. `now` is real time.

    An attempt without a gateway id is looked for first, and sent again under its own key only while the
    gateway still remembers it. After that it is only read: one that the gateway does not have was never
    charged.
    """
    payment = Payment.objects.select_related("invoice", "payment_method").get(pk=payment_id)
    gateway = gateway_named(payment.gateway)
    if payment.gateway_id:
        result = gateway.fetch_charge(payment.gateway_id)
        waits = result.status == PaymentStatus.REQUIRES_ACTION
        if waits and now - payment.sent_at > ACTION_LIMIT:
            return gateway.cancel_charge(payment.gateway_id)
    else:
        result = _find_or_send(gateway, payment, now)
    return withdraw_declined(gateway=gateway, result=result, off_session=payment.is_off_session)


def _find_or_send(gateway: Gateway, payment: Payment, now: datetime) -> ChargeResult:
    request = charge_request(payment)
    age = now - payment.sent_at
    found = gateway.find_charge(request)
    if found is not None:
        return found
    if payment.status not in OPEN_STATUSES:
        # It has ended: looking is allowed, sending is not.
        return ChargeResult(PaymentStatus.UNKNOWN, error_code="not_found")
    if age > KEY_LIFETIME:
        return NEVER_CHARGED
    result = gateway.charge(request)
    if result.status == PaymentStatus.UNKNOWN and result.is_final and age > STORED_ERROR_PATIENCE:
        return gateway.find_charge(request) or NEVER_CHARGED
    return result
