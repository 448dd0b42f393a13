"""What can happen in a scenario: each step calls the service that a page, the API or a worker would call."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from apps.scenarios.timeline.stage import Stage
from apps.scenarios.timeline.steps import contracts, credits, customers, payments, promotions, usage
from apps.scenarios.timeline.story import Step


def perform_step(stage: Stage, step: Step) -> None:
    """Do what a step says, at its instant.

    Raises:
        DomainError: a service refuses.
        LookupError: the step is about a subscription, an invoice or a card that is not there.
    """
    PERFORM[step.do](stage, step)


def _advance(stage: Stage, step: Step) -> None:
    """Nobody does anything: only time has passed."""


PERFORM: Mapping[str, Callable[[Stage, Step], None]] = {
    "subscribe": contracts.subscribe_to_plan,
    "change_plan": contracts.change_to_plan,
    "change_quantity": contracts.change_to_quantity,
    "set_billing_day": contracts.move_day,
    "pause": contracts.pause_contract,
    "resume": contracts.resume_contract,
    "cancel": contracts.cancel,
    "undo": contracts.undo,
    "card": payments.add_card,
    "card_behaviour": payments.set_behaviour,
    "pay": payments.pay_what_is_open,
    "credit_note": credits.give_back,
    "add_credit": credits.add_to_balance,
    "redeem": promotions.redeem_code,
    "grant": promotions.give_credit,
    "change_customer": customers.change_details,
    "finalize": customers.finalize_drafts,
    "send_event": usage.send_event,
    "send_events": usage.send_events,
    "void_event": usage.take_back_event,
    "advance": _advance,
}
