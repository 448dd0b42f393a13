from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from apps.plans.enums import QuantitySource
from apps.plans.models import PlanVersion, Price
from apps.subscriptions.enums import AnchorPrecision, PhaseKind
from apps.subscriptions.models import Phase, Subscription, SubscriptionItem


@dataclass(frozen=True, slots=True)
class PhaseTerms:
    """What a phase is made of. `ends_at` is exclusive; the anchor's zone rules its boundaries."""

    kind: PhaseKind
    version: PlanVersion
    prices: Sequence[Price]
    quantity: int
    anchor_at: datetime
    anchor_zone: str
    ends_at: datetime | None = None


def begin_phase(*, subscription: Subscription, terms: PhaseTerms, at: datetime) -> Phase:
    """Start a phase with its items at `at` (UTC, inclusive) inside the caller's transaction.

    The running phase must have been ended before: the database refuses an overlap.
    """
    phase = Phase.objects.create(
        subscription=subscription,
        kind=terms.kind,
        plan_version=terms.version,
        starts_at=at,
        ends_at=terms.ends_at,
        anchor_at=terms.anchor_at,
        anchor_zone=terms.anchor_zone,
        anchor_precision=AnchorPrecision.LOCAL_DAY,
        alignment=terms.version.alignment,
    )
    for price in terms.prices:
        seats = price.quantity_source == QuantitySource.SEATS
        SubscriptionItem.objects.create(
            subscription=subscription,
            phase=phase,
            price=price,
            quantity=terms.quantity if seats else 1,
            starts_at=at,
        )
    return phase
