from __future__ import annotations

from typing import Any

from apps.billing.services.subscriptions.cancel import cancel_at_period_end, cancel_now
from apps.billing.services.subscriptions.change_plan import ChangeRequest, change_plan
from apps.billing.services.subscriptions.move_billing_day import move_billing_day
from apps.billing.services.subscriptions.pause import pause, resume
from apps.billing.services.subscriptions.subscribe import Purchase, subscribe
from apps.core.errors import InvalidInput
from apps.plans.policies import Timing
from apps.scenarios.timeline.stage import Stage
from apps.scenarios.timeline.steps.agreed import agreed_changes
from apps.scenarios.timeline.story import Step, instant
from apps.subscriptions.enums import CancelReason, CollectionMethod
from apps.subscriptions.services.schedule_change import schedule_change
from apps.subscriptions.services.withdraw_change import withdraw_change

NOW, PERIOD_END = "now", "period_end"


def subscribe_to_plan(stage: Stage, step: Step) -> None:
    given = step.given
    automatic = (
        CollectionMethod.CHARGE_AUTOMATICALLY if stage.story.needs_gateway else CollectionMethod.SEND_INVOICE
    )
    purchase = Purchase(
        plan_code=given["plan"],
        quantity=int(given.get("quantity", 1)),
        trial_days=given.get("trial_days"),
        parent=stage.subscription(given["add_on_to"]) if "add_on_to" in given else None,
        collection_method=CollectionMethod(given.get("collection", automatic)),
    )
    name = given.get("subscription", f"subscription {len(stage.subscriptions) + 1}")
    subscription = subscribe(customer=stage.customer, purchase=purchase, at=step.at).subscription
    stage.subscriptions[name] = subscription
    for change in agreed_changes(stage, step, subscription):
        schedule_change(
            subscription_id=subscription.pk,
            terms=change.terms,
            effective_at=change.effective_at,
            at=step.at,
        )


def change_to_plan(stage: Stage, step: Step) -> None:
    quantity = step.given.get("quantity")
    _change(stage, step, step.given["plan"], None if quantity is None else int(quantity))


def change_to_quantity(stage: Stage, step: Step) -> None:
    subscription = stage.subscription(step.given.get("subscription"))
    _change(stage, step, subscription.plan_version.plan.code, int(step.given["quantity"]))


def _change(stage: Stage, step: Step, plan_code: str, quantity: int | None) -> None:
    subscription = stage.subscription(step.given.get("subscription"))
    when = step.given.get("when")
    named = when in (None, NOW, PERIOD_END)
    request = ChangeRequest(
        plan_code=plan_code,
        quantity=quantity,
        timing=Timing(when) if when is not None and named else None,
        effective_at=None if named else instant(str(when), stage.story.zone),
        unused_part=step.given.get("unused", ""),
    )
    change_plan(subscription_id=subscription.pk, request=request, at=step.at)


def move_day(stage: Stage, step: Step) -> None:
    subscription = stage.subscription(step.given.get("subscription"))
    move_billing_day(subscription_id=subscription.pk, day=int(step.given["day"]), at=step.at)


def pause_contract(stage: Stage, step: Step) -> None:
    until = step.given.get("until")
    pause(
        subscription_id=stage.subscription(step.given.get("subscription")).pk,
        resume_at=None if until is None else instant(until, stage.story.zone),
        unused_part=step.given.get("unused", ""),
        at=step.at,
    )


def resume_contract(stage: Stage, step: Step) -> None:
    resume(subscription_id=stage.subscription(step.given.get("subscription")).pk, at=step.at)


def cancel(stage: Stage, step: Step) -> None:
    subscription = stage.subscription(step.given.get("subscription"))
    said: dict[str, Any] = {
        "reason": step.given.get("reason", CancelReason.OTHER),
        "comment": step.given.get("comment", ""),
        "at": step.at,
    }
    when = step.given.get("when", NOW)
    if when == PERIOD_END:
        cancel_at_period_end(subscription=subscription, **said)
    elif when == NOW:
        cancel_now(subscription_id=subscription.pk, unused_part=step.given.get("unused", ""), **said)
    else:
        raise InvalidInput(f"`when` is now or period_end, not {when!r}.", field="when")


def undo(stage: Stage, step: Step) -> None:
    subscription = stage.subscription(step.given.get("subscription"))
    withdraw_change(subscription_id=subscription.pk, at=step.at)
