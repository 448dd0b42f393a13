from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from apps.customers.services.set_billing_day import set_billing_day
from apps.plans.enums import PeriodAlignment, QuantitySource
from apps.plans.models import PlanVersion, Price
from apps.plans.policies import policies_of
from apps.pricing.periods.wall_clock import local_day
from apps.subscriptions.enums import PhaseKind
from apps.subscriptions.models import Phase, Subscription, SubscriptionItem


@dataclass(frozen=True, slots=True)
class PhaseTerms:
    """What a phase is made of. `ends_at` is exclusive; the anchor's zone rules its boundaries.

    `quantity` is that of seat prices for which the subscription names no other. `billing_day` is read only
    where the version aligns periods to one. What the phase that it `continues` has paid beyond its end, and
    was not given back, is paid for this one. Where the periods of the phase `before` go on, a fee of the same
    price and quantity goes on with them.
    """

    kind: PhaseKind
    version: PlanVersion
    prices: Sequence[Price]
    quantity: int
    anchor_at: datetime
    anchor_zone: str
    ends_at: datetime | None = None
    billing_day: int | None = None
    continues: Phase | None = None
    before: Phase | None = None


def begin_phase(*, subscription: Subscription, terms: PhaseTerms, at: datetime) -> Phase:
    """Start a phase with its items at `at` (UTC, inclusive) inside the caller's transaction.

    The running phase must have been ended before: the database refuses an overlap.
    """
    aligned = terms.version.alignment == PeriodAlignment.BILLING_DAY
    phase = Phase.objects.create(
        subscription=subscription,
        kind=terms.kind,
        plan_version=terms.version,
        starts_at=at,
        ends_at=terms.ends_at,
        anchor_at=terms.anchor_at,
        anchor_zone=terms.anchor_zone,
        anchor_precision=policies_of(terms.version).anchor_precision,
        alignment=terms.version.alignment,
        billing_day=(terms.billing_day or _billing_day(subscription, terms)) if aligned else None,
        continues=terms.continues,
    )
    before = _items_by_terms(terms.before)
    for price in terms.prices:
        seats = price.quantity_source == QuantitySource.SEATS
        quantity = subscription.quantities.get(price.code, terms.quantity) if seats else 1
        SubscriptionItem.objects.create(
            subscription=subscription,
            phase=phase,
            price=price,
            quantity=quantity,
            starts_at=at,
            continues=before.get((price.pk, quantity)),
        )
    metered = any(price.quantity_source == QuantitySource.METER for price in terms.prices)
    if metered and not subscription.is_metered:
        subscription.is_metered = True
        subscription.save(update_fields=["is_metered"])
    return phase


def _items_by_terms(phase: Phase | None) -> dict[tuple[int, int], SubscriptionItem]:
    """The items of a phase that are not metered, by price and quantity."""
    items = [] if phase is None else phase.items.exclude(price__quantity_source=QuantitySource.METER)
    return {(item.price_id, item.quantity): item for item in items}


def _billing_day(subscription: Subscription, terms: PhaseTerms) -> int:
    """The customer's billing day; without one, the day on which its first paid phase begins becomes it."""
    customer = subscription.customer
    if customer.billing_day:
        return customer.billing_day
    day = local_day(terms.anchor_at, terms.anchor_zone).day
    if terms.kind == PhaseKind.REGULAR:
        set_billing_day(customer=customer, day=day)
    return day
