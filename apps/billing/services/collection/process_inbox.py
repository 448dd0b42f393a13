from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import structlog
from django.db import InterfaceError, OperationalError

from apps.audit.actor import Actor, acting_as
from apps.audit.enums import ActorType
from apps.billing.services.collection.adopt_method import adopt_method
from apps.billing.services.collection.record_outcome import record_outcome
from apps.billing.services.refunds.record_refund import record_refund
from apps.customers.selectors import now_for
from apps.payments.enums import REFUND_NEXT, MessageSubject, PaymentStatus, RefundStatus
from apps.payments.gateways.registry import gateway_named
from apps.payments.mirror import mirror_event
from apps.payments.models import GatewayEvent
from apps.payments.refund_selectors import refund_of_event
from apps.payments.selectors import customer_of_event, method_of_event, payment_of_event
from apps.payments.services.ask_gateway import ask_gateway
from apps.payments.services.ask_refund import ask_refund
from apps.payments.services.claim_events import claim_events
from apps.payments.services.close_event import close_event
from apps.payments.services.record_dispute import record_dispute
from apps.payments.services.refresh_method import refresh_method

logger = structlog.get_logger(__name__)

# What Stripe, PayPal and Razorpay call it.
MONEY_CAME = (".succeeded", ".COMPLETED", ".captured")
# A setup's other messages (it was made, it failed) bring nothing to keep.
SETUP_DONE = ("setup_intent.succeeded", "payment.captured", "token.confirmed")


def process_inbox(*, now: datetime, limit: int = 100) -> int:
    """Act on messages of gateways that wait at `now` (real time); says how many it took.

    A message only says that something changed: what is true is fetched from the gateway. So neither the order
    nor the number of the messages matters, and a forged one changes nothing.
    """
    events = claim_events(now=now, limit=limit)
    for event in events:
        with acting_as(Actor(ActorType.GATEWAY, event.event_id, event.get_gateway_display())):
            close_event(event=event, now=now, error=_act(event, now))
    return len(events)


def _act(event: GatewayEvent, now: datetime) -> str:
    """Do what a message calls for; returns what went wrong, so that it does not stop the others."""
    try:
        ACTIONS.get(MessageSubject(event.subject), _nothing)(event, now)
        mirror_event(event)
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:
        logger.exception("gateway_event_failed", event_id=event.event_id, type=event.type)
        return f"{type(error).__name__}: {error}"
    return ""


def _nothing(event: GatewayEvent, now: datetime) -> None:
    """A message that is kept, and mirrored, and changes nothing of ours."""


def _update_payment(event: GatewayEvent, now: datetime) -> None:
    payment = payment_of_event(event)
    if payment is None:
        return
    # What has succeeded stays so; what has failed is only asked about again when money is said to have come.
    ended = payment.status in (PaymentStatus.FAILED, PaymentStatus.CANCELED)
    if payment.status == PaymentStatus.SUCCEEDED or (ended and not event.type.endswith(MONEY_CAME)):
        return
    result = ask_gateway(payment_id=payment.pk, now=now)
    # Each customer has a time of its own, so it cannot be handed in from above.
    record_outcome(payment_id=payment.pk, result=result, at=now_for(payment.customer), asked_at=now)


def _keep_method(event: GatewayEvent, now: datetime) -> None:
    customer = customer_of_event(event)
    if event.type in SETUP_DONE and customer is not None:
        adopt_method(customer=customer, setup_id=event.object_id, at=now_for(customer), gateway=event.gateway)


def _update_method(event: GatewayEvent, now: datetime) -> None:
    method = method_of_event(event)
    if method is not None:
        refresh_method(method=method, at=now_for(method.customer))


def _update_refund(event: GatewayEvent, now: datetime) -> None:
    refund = refund_of_event(event)
    if refund is None or refund.sent_at is None or not REFUND_NEXT[RefundStatus(refund.status)]:
        return
    result = ask_refund(refund_id=refund.pk, now=now)
    record_refund(refund_id=refund.pk, result=result, at=now_for(refund.customer), asked_at=now)


def _update_dispute(event: GatewayEvent, now: datetime) -> None:
    """One that no payment of ours is found for is listed by the reconciliation."""
    payment = payment_of_event(event)
    if payment is not None:
        state = gateway_named(event.gateway).fetch_dispute(event.object_id)
        record_dispute(payment_id=payment.pk, state=state, at=now_for(payment.customer))


ACTIONS: dict[MessageSubject, Callable[[GatewayEvent, datetime], None]] = {
    MessageSubject.PAYMENT: _update_payment,
    MessageSubject.SETUP: _keep_method,
    MessageSubject.METHOD: _update_method,
    MessageSubject.REFUND: _update_refund,
    MessageSubject.DISPUTE: _update_dispute,
}
