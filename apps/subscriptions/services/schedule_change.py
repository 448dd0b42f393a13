from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from apps.audit.services.record import record_event
from apps.plans.models import PlanVersion
from apps.pricing.periods.cadence import Cadence, Interval
from apps.pricing.periods.schedule import period_containing
from apps.pricing.periods.wall_clock import local_day
from apps.subscriptions.enums import LIVE_STATUSES, WISHES, AnchorPrecision, ChangeKind, ChangeStatus
from apps.subscriptions.errors import SubscriptionRefused
from apps.subscriptions.models import ScheduledChange, Subscription
from apps.subscriptions.schedule import main_cadence, phase_schedule
from apps.subscriptions.services.plan_next_bill import plan_next_bill
from apps.subscriptions.services.withdraw_change import withdraw_changes


@dataclass(frozen=True, slots=True)
class ChangeTerms:
    """What is to change: to which version, quantity or billing day, or why it is canceled.

    `prorates` and `unused_part` decide about money where the instant lies inside a paid period; an empty
    `unused_part` leaves that to the plan's policy. `planned` changes belong to a schedule of phases.
    """

    kind: ChangeKind
    version: PlanVersion | None = None
    quantity: int | None = None
    quantities: Mapping[str, int] = field(default_factory=dict)
    billing_day: int | None = None
    reason: str = ""
    comment: str = ""
    planned: bool = False
    prorates: bool = True
    unused_part: str = ""
    restarts_period: bool = False


@transaction.atomic
def schedule_change(
    *, subscription_id: int, terms: ChangeTerms, effective_at: datetime, at: datetime
) -> ScheduledChange:
    """Note that a subscription changes at `effective_at` (UTC); it can be taken back until then.

    A later wish replaces an earlier one about the same (`WISHES`), which is withdrawn: another plan undoes no
    end. What is planned stands beside it, and replaces only what is planned of its kind for that instant. An
    end that is named for the day of a period's boundary is that boundary: only the finished period is billed.

    Raises:
        SubscriptionRefused: the subscription is canceled, or the instant is past or before its start (409).
    """
    # The lock keeps two wishes from both finding nothing pending.
    subscription = Subscription.objects.select_for_update(no_key=True).get(pk=subscription_id)
    if subscription.status not in LIVE_STATUSES:
        raise SubscriptionRefused("A canceled subscription does not change.")
    if terms.kind == ChangeKind.CANCEL:
        effective_at = _boundary_of_day(subscription, effective_at, at)
    if effective_at < at:
        raise SubscriptionRefused("A change cannot take effect in the past.", field="effective_at")
    if effective_at < subscription.started_at:
        raise SubscriptionRefused("A change cannot take effect before the start.", field="effective_at")
    replaced = subscription.changes.filter(_replaced_by(terms, effective_at), status=ChangeStatus.PENDING)
    withdraw_changes(changes=replaced, subscription=subscription, at=at)
    change = ScheduledChange.objects.create(
        subscription=subscription,
        kind=terms.kind,
        effective_at=effective_at,
        plan_version=terms.version,
        quantity=terms.quantity,
        quantities=dict(terms.quantities),
        billing_day=terms.billing_day,
        reason=terms.reason,
        comment=terms.comment,
        planned=terms.planned,
        prorates=terms.prorates,
        unused_part=terms.unused_part,
        restarts_period=terms.restarts_period,
        requested_at=at,
    )
    plan_next_bill(subscription)
    subscription.save(update_fields=["next_bill_at"])
    _record(subscription, change, at)
    return change


def _replaced_by(terms: ChangeTerms, effective_at: datetime) -> Q:
    if terms.planned:
        return Q(planned=True, effective_at=effective_at, kind=terms.kind)
    wishes = Q(planned=False, kind__in=next(kinds for kinds in WISHES if terms.kind in kinds))
    # The day on which a pause was to end means nothing any more: it must not end a later one.
    return wishes | Q(kind=ChangeKind.RESUME) if terms.kind == ChangeKind.RESUME else wishes


def _record(subscription: Subscription, change: ScheduledChange, at: datetime) -> None:
    version = change.plan_version
    record_event(
        name="subscription.change_scheduled",
        subject=subscription,
        at=at,
        data={
            "change": change.public_id,
            "kind": change.kind,
            "effective_at": change.effective_at.isoformat(),
            "plan": version.plan.code if version else None,
            "plan_name": version.plan.name if version else None,
            "quantity": change.quantity,
            "reason": change.reason,
        },
    )


def _boundary_of_day(subscription: Subscription, effective_at: datetime, at: datetime) -> datetime:
    """The boundary on the local day of an end, if there is one to come; else the instant itself."""
    phase = subscription.phases.filter(ends_at=None, starts_at__lte=effective_at).last()
    if phase is None or effective_at <= at or phase.anchor_precision != AnchorPrecision.LOCAL_DAY:
        return effective_at
    cadence = main_cadence([item.price for item in phase.items.select_related("price").order_by("id")])
    schedule = phase_schedule(phase, Cadence(Interval(cadence[0]), cadence[1]))
    boundary = period_containing(schedule, effective_at).starts_at
    zone = phase.anchor_zone
    same_day = local_day(boundary, zone) == local_day(effective_at, zone)
    return boundary if same_day and boundary > max(at, phase.starts_at) else effective_at
