from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from apps.audit.services.record import record_event
from apps.plans.models import PlanVersion, Price
from apps.subscriptions.enums import PhaseKind
from apps.subscriptions.models import Phase, Subscription
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

    The anchor stays when the billing period's length stays, so a change on 28 February of a
    subscription that began on a 31st renews on 31 March; another length starts counting at `at`.
    A trial's own anchor never lives on: the paid phase counts from its start.
    """
    keeps_anchor = phase.kind == PhaseKind.REGULAR and _main_cadence_of(phase) == _main_cadence(prices)
    end_phase(phase=phase, at=at)
    began = begin_phase(
        subscription=subscription,
        terms=PhaseTerms(
            kind=PhaseKind.REGULAR,
            version=version,
            prices=prices,
            quantity=quantity,
            anchor_at=phase.anchor_at if keeps_anchor else at,
            anchor_zone=subscription.customer.time_zone,
        ),
        at=at,
    )
    _record(subscription, version, quantity, at)
    subscription.plan_version, subscription.quantity = version, quantity
    subscription.save(update_fields=["plan_version", "quantity"])
    return began


def _main_cadence(prices: Sequence[Price]) -> tuple[str, int]:
    return prices[0].interval, prices[0].interval_count


def _main_cadence_of(phase: Phase) -> tuple[str, int] | None:
    item = phase.items.select_related("price").order_by("id").first()
    return (item.price.interval, item.price.interval_count) if item else None


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
