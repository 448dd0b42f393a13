"""What is agreed when a subscription is made: its end, and the plans that follow the first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from apps.plans.selectors import published_version
from apps.pricing.periods.anchor import Anchor, Precision
from apps.pricing.periods.cadence import Cadence, Interval
from apps.pricing.periods.lattice import boundary
from apps.scenarios.timeline.stage import Stage
from apps.scenarios.timeline.story import Step, instant
from apps.subscriptions.enums import CancelReason, ChangeKind
from apps.subscriptions.models import Subscription
from apps.subscriptions.services.schedule_change import ChangeTerms

UNITS = {
    "years": Interval.YEAR,
    "months": Interval.MONTH,
    "weeks": Interval.WEEK,
    "days": Interval.DAY,
}


@dataclass(frozen=True, slots=True)
class Agreed:
    """A change that is to happen at an instant of its own."""

    effective_at: datetime
    terms: ChangeTerms


def agreed_changes(stage: Stage, step: Step, subscription: Subscription) -> Iterator[Agreed]:
    """The changes in order: each phase lasts from the one before, the first from the end of the trial."""
    begins_at = subscription.trial_ends_at or step.at
    for phase in step.given.get("then") or ():
        begins_at = after(begins_at, phase["after"], stage.story.zone)
        version = published_version(plan_code=phase["plan"], brand_id=subscription.brand_id)
        yield Agreed(begins_at, ChangeTerms(kind=ChangeKind.PLAN, version=version, planned=True))
    if "ending_at" in step.given:
        terms = ChangeTerms(kind=ChangeKind.CANCEL, reason=CancelReason.OTHER, planned=True)
        yield Agreed(instant(step.given["ending_at"], stage.story.zone), terms)


def after(begins_at: datetime, length: Mapping[str, int], zone: str) -> datetime:
    """The instant some years, months, weeks and days later, at the same local clock time."""
    for name, interval in UNITS.items():
        if length.get(name):
            cadence = Cadence(interval, int(length[name]))
            begins_at = boundary(Anchor(begins_at, zone, Precision.INSTANT), cadence, 1)
    return begins_at
