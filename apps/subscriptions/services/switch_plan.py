from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from apps.audit.services.record import record_event
from apps.plans.models import PlanVersion, Price
from apps.subscriptions.enums import PhaseKind
from apps.subscriptions.models import Phase, Subscription
from apps.subscriptions.schedule import main_cadence
from apps.subscriptions.services.begin_phase import PhaseTerms, begin_phase
from apps.subscriptions.services.end_phase import end_phase


def switch_plan(
    *,
    subscription: Subscription,
    phase: Phase,
    version: PlanVersion,
    prices: Sequence[Price],
    quantity: int,
    at: datetime,
) -> Phase:
    """Move a locked subscription to another version (or quantity) at `at`, in the caller's transaction.

    The anchor and its zone stay when the billing period's length and alignment stay, so a change on
    28 February of a subscription that began on a 31st renews on 31 March; otherwise counting starts
    at `at`, in the customer's zone. A trial's own anchor never lives on: the paid phase counts from
    its start.
    """
    keeps_anchor = _keeps_anchor(phase, version, prices)
    end_phase(phase=phase, at=at)
    began = begin_phase(
        subscription=subscription,
        terms=PhaseTerms(
            kind=PhaseKind.REGULAR,
            version=version,
            prices=prices,
            quantity=quantity,
            anchor_at=phase.anchor_at if keeps_anchor else at,
            # The two belong together: the same instant may be another day elsewhere.
            anchor_zone=phase.anchor_zone if keeps_anchor else subscription.customer.time_zone,
        ),
        at=at,
    )
    _record(subscription, version, quantity, at)
    subscription.plan_version, subscription.quantity = version, quantity
    subscription.save(update_fields=["plan_version", "quantity"])
    return began


def _keeps_anchor(phase: Phase, version: PlanVersion, prices: Sequence[Price]) -> bool:
    if phase.kind != PhaseKind.REGULAR or phase.alignment != version.alignment:
        return False
    before = [item.price for item in phase.items.select_related("price").order_by("id")]
    return main_cadence(before) == main_cadence(prices)


def _record(subscription: Subscription, version: PlanVersion, quantity: int, at: datetime) -> None:
    before = subscription.plan_version.plan
    if version.pk != subscription.plan_version_id:
        record_event(
            name="subscription.plan_changed",
            subject=subscription,
            at=at,
            data={"from": before.code, "to": version.plan.code, "to_name": version.plan.name},
        )
    if quantity != subscription.quantity:
        record_event(
            name="subscription.quantity_changed",
            subject=subscription,
            at=at,
            data={"from": subscription.quantity, "to": quantity},
        )
