from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from apps.core.errors import DomainError, InvalidInput
from apps.plans.enums import QuantitySource
from apps.plans.models import PlanVersion, Price
from apps.plans.policies import policies_of
from apps.plans.selectors import prices_of, published_version
from apps.pricing.periods.anchor import Anchor
from apps.pricing.periods.cadence import Cadence, Interval
from apps.pricing.periods.lattice import boundary
from apps.subscriptions.enums import CancelReason, ChangeKind
from apps.subscriptions.models import Subscription
from apps.subscriptions.services.schedule_change import ChangeTerms, schedule_change

UNITS: Mapping[str, Interval] = {
    "days": Interval.DAY,
    "weeks": Interval.WEEK,
    "months": Interval.MONTH,
    "years": Interval.YEAR,
}
"""In what the time until a phase is told."""


@dataclass(frozen=True, slots=True)
class AgreedPhase:
    """A plan that a subscription goes over to at an agreed time: `starts_at` (UTC), or `after` so many of one
    of UNITS, counted from the start of what is paid for.

    Quantities that are not named stay.
    """

    plan_code: str
    quantity: int | None = None
    quantities: Mapping[str, int] = field(default_factory=dict)
    after: Mapping[str, int] = field(default_factory=dict)
    starts_at: datetime | None = None


def agree_schedule(
    *,
    subscription: Subscription,
    phases: Sequence[AgreedPhase] = (),
    ends_at: datetime | None = None,
    at: datetime,
) -> None:
    """Plan the agreed phases of a subscription that was just made, and its agreed end (UTC, exclusive).

    Each is a planned change of its own, which stands beside what the customer wishes later. The versions are
    those published now. Runs in the caller's transaction.

    Raises:
        PlanNotFound, PriceUnavailable, InvalidInput: a phase that cannot be, or out of order, or an end
            before the start; the field names it.
    """
    # What begins in the past has its phases there too.
    asked_at = min(at, subscription.started_at)
    before = subscription.started_at
    for index, phase in enumerate(phases):
        starts_at = phase.starts_at or _instant(subscription, phase)
        if starts_at <= before:
            raise InvalidInput("Each phase begins after the one before.", field=f"phases[{index}]")
        _plan_phase(subscription, phase, index, starts_at, asked_at)
        before = starts_at
    if ends_at is None:
        return
    if ends_at <= before:
        raise InvalidInput("A subscription ends after its start and its phases.", field="ends_at")
    terms = ChangeTerms(kind=ChangeKind.CANCEL, planned=True, reason=CancelReason.TERM_ENDED)
    schedule_change(subscription_id=subscription.pk, terms=terms, effective_at=ends_at, at=asked_at)


def check_quantities(prices: Sequence[Price], quantity: int, quantities: Mapping[str, int]) -> None:
    """Refuse quantities that these prices do not take.

    Raises:
        InvalidInput: the field says which (422).
    """
    if quantity < 1:
        raise InvalidInput("A quantity is a whole number from 1.", field="quantity")
    seats = {price.code for price in prices if price.quantity_source == QuantitySource.SEATS}
    if quantity > 1 and not seats:
        raise InvalidInput("This plan has no quantity: leave it at 1.", field="quantity")
    for code, wanted in quantities.items():
        if code not in seats:
            raise InvalidInput(f"This plan has no price '{code}' with a quantity.", field="quantities")
        if wanted < 1:
            raise InvalidInput("A quantity is a whole number from 1.", field="quantities")


def _instant(subscription: Subscription, phase: AgreedPhase) -> datetime:
    """When `after` is over, counted from the original day in the customer's zone, as periods are."""
    unit, count = next(iter(phase.after.items()))
    version = subscription.plan_version
    anchor = Anchor(
        subscription.trial_ends_at or subscription.started_at,
        subscription.customer.time_zone,
        policies_of(version).anchor_precision,
    )
    return boundary(anchor, Cadence(UNITS[unit], count), 1)


def _plan_phase(
    subscription: Subscription, phase: AgreedPhase, index: int, starts_at: datetime, at: datetime
) -> None:
    try:
        version = _version_of(subscription, phase)
    except DomainError as error:
        error.field = f"phases[{index}].{error.field}"
        raise
    terms = ChangeTerms(
        kind=ChangeKind.PLAN,
        version=version,
        quantity=phase.quantity,
        quantities=phase.quantities,
        planned=True,
    )
    schedule_change(subscription_id=subscription.pk, terms=terms, effective_at=starts_at, at=at)


def _version_of(subscription: Subscription, phase: AgreedPhase) -> PlanVersion:
    version = published_version(plan_code=phase.plan_code, brand_id=subscription.brand_id)
    prices = prices_of(version, subscription.currency)
    check_quantities(prices, phase.quantity or 1, phase.quantities)
    return version
