"""What can happen in a scenario: each step calls the service that a page, the API or a worker would call."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from apps.billing.services.cancel import cancel_at_period_end, cancel_now
from apps.billing.services.change_plan import change_plan_at_period_end
from apps.billing.services.collect import collect_invoice
from apps.billing.services.subscribe import Purchase, subscribe
from apps.core.errors import InvalidInput
from apps.invoices.enums import InvoiceStatus
from apps.invoices.models import Invoice
from apps.payments.selectors import default_method
from apps.scenarios.gateway_control import save_card, set_card_behaviour
from apps.scenarios.timeline.stage import Stage
from apps.scenarios.timeline.story import Step, instant
from apps.subscriptions.enums import CancelReason, CollectionMethod
from apps.subscriptions.services.withdraw_change import withdraw_change
from apps.usage.enums import IntakeOutcome
from apps.usage.incoming import MAX_EVENTS, IncomingEvent
from apps.usage.services.ingest import ingest_events

Given = Mapping[str, Any]


def perform_step(stage: Stage, step: Step) -> None:
    """Do what a step says, at its instant.

    Raises:
        DomainError: a service refuses.
        LookupError: the step is about a subscription or a card that is not there.
    """
    PERFORM[step.do](stage, step)


def _subscribe(stage: Stage, step: Step) -> None:
    given = step.given
    automatic = (
        CollectionMethod.CHARGE_AUTOMATICALLY if stage.story.needs_gateway else CollectionMethod.SEND_INVOICE
    )
    purchase = Purchase(
        plan_code=given["plan"],
        quantity=int(given.get("quantity", 1)),
        trial_days=given.get("trial_days"),
        collection_method=CollectionMethod(given.get("collection", automatic)),
    )
    name = given.get("subscription", f"subscription {len(stage.subscriptions) + 1}")
    done = subscribe(customer=stage.customer, purchase=purchase, at=step.at)
    stage.subscriptions[name] = done.subscription


def _card(stage: Stage, step: Step) -> None:
    card = step.given.get("card", "pm_card_visa")
    method = save_card(customer=stage.customer, at=step.at, card=card)
    if "behaviour" in step.given:
        set_card_behaviour(method=method, behaviour=step.given["behaviour"])


def _card_behaviour(stage: Stage, step: Step) -> None:
    method = default_method(stage.customer.pk)
    if method is None:
        raise LookupError("card")
    set_card_behaviour(method=method, behaviour=step.given["behaviour"])


def _send_event(stage: Stage, step: Step) -> None:
    _send(stage, step, [step.given])


def _send_events(stage: Stage, step: Step) -> None:
    _send(stage, step, step.given["events"])


def _send(stage: Stage, step: Step, given: list[Given]) -> None:
    events = [_event(stage, step, number, event) for number, event in enumerate(given, 1)]
    for first in range(0, len(events), MAX_EVENTS):
        answers = ingest_events(
            brand_id=stage.customer.brand_id,
            livemode=False,
            events=events[first : first + MAX_EVENTS],
            received_at=step.at,
        )
        for answer in answers:
            if answer.status not in (IntakeOutcome.ACCEPTED, IntakeOutcome.DUPLICATE):
                reason = "; ".join(error.message for error in answer.errors or ()) or answer.status
                raise InvalidInput(f"event {answer.id!r}: {reason}")


def _event(stage: Stage, step: Step, number: int, event: Given) -> IncomingEvent:
    at = instant(event["timestamp"], stage.story.zone) if "timestamp" in event else step.at
    return IncomingEvent(
        id=str(event.get("id", f"{step.place} {number}")),
        customer=stage.customer.public_id,
        event=event["event"],
        timestamp=at,
        properties=dict(event.get("properties") or {}),
    )


def _change_plan(stage: Stage, step: Step) -> None:
    change_plan_at_period_end(
        subscription=stage.subscription(step.given.get("subscription")),
        plan_code=step.given["plan"],
        quantity=step.given.get("quantity"),
        at=step.at,
    )


def _cancel(stage: Stage, step: Step) -> None:
    subscription = stage.subscription(step.given.get("subscription"))
    said: dict[str, Any] = {
        "reason": step.given.get("reason", CancelReason.OTHER),
        "comment": step.given.get("comment", ""),
        "at": step.at,
    }
    when = step.given.get("when", "now")
    if when == "period_end":
        cancel_at_period_end(subscription=subscription, **said)
    elif when == "now":
        cancel_now(subscription_id=subscription.pk, **said)
    else:
        raise InvalidInput(f"`when` is now or period_end, not {when!r}.", field="when")


def _undo(stage: Stage, step: Step) -> None:
    subscription = stage.subscription(step.given.get("subscription"))
    withdraw_change(subscription_id=subscription.pk, at=step.at)


def _pay(stage: Stage, step: Step) -> None:
    """The customer comes and pays everything that is open, as by the link in a mail."""
    unpaid = Invoice.objects.filter(customer=stage.customer, status=InvoiceStatus.OPEN).order_by("pk")
    for invoice in unpaid:
        collect_invoice(invoice_id=invoice.pk, at=step.at, off_session=False)


def _advance(stage: Stage, step: Step) -> None:
    """Nobody does anything: only time has passed."""


PERFORM: Mapping[str, Callable[[Stage, Step], None]] = {
    "subscribe": _subscribe,
    "card": _card,
    "card_behaviour": _card_behaviour,
    "send_event": _send_event,
    "send_events": _send_events,
    "change_plan": _change_plan,
    "cancel": _cancel,
    "undo": _undo,
    "pay": _pay,
    "advance": _advance,
}
