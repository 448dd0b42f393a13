from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from apps.billing.services.settle_boundary import settle_boundary
from apps.plans.enums import BillingTiming
from apps.pricing.charge import Charge
from apps.rating.services.rate import rate_period
from apps.subscriptions.models import Phase, Subscription, SubscriptionItem, SubscriptionPeriod
from apps.subscriptions.selectors import items_of
from apps.subscriptions.services.turn import close_periods, turn_periods
from apps.usage.selectors import current_watermark


def charges_at(*, subscription: Subscription, at: datetime) -> list[Charge]:
    """Take a locked subscription over the boundary at `at`, and return what it owes there.

    In this order: periods that ended are closed and their arrears rated, with the items they
    ran under; a due change or trial end is settled, which may cut others; the next periods open
    and their fees in advance are rated. Fees in advance come first on the invoice. Runs in the
    caller's transaction.
    """
    items_in = _Items(subscription)
    closed = close_periods(subscription=subscription, at=at, below=current_watermark())
    arrears = [charge for period in closed for charge in _arrears(items_in.phase(period.phase), period)]
    phase = settle_boundary(subscription=subscription, at=at, running=_open_ended(closed))
    if phase is None:
        return arrears + final_charges(subscription=subscription, at=at)
    if closed and phase.starts_at == at:
        arrears += final_charges(subscription=subscription, at=at)
    items = items_in.phase(phase)
    opened = turn_periods(subscription=subscription, phase=phase, items=items, at=at)
    return _in_advance(items, opened) + arrears


def final_charges(*, subscription: Subscription, at: datetime) -> list[Charge]:
    """Close what the end of a subscription or of a phase has cut at `at`, and return its arrears."""
    items_in = _Items(subscription)
    closed = close_periods(subscription=subscription, at=at, below=current_watermark())
    return [charge for period in closed for charge in _arrears(items_in.phase(period.phase), period)]


class _Items:
    """The items of a subscription's phases: each phase is read once, and knows the subscription at hand."""

    def __init__(self, subscription: Subscription) -> None:
        self._subscription = subscription
        self._known: dict[int, list[SubscriptionItem]] = {}

    def phase(self, phase: Phase) -> list[SubscriptionItem]:
        if phase.pk not in self._known:
            items = items_of(phase)
            for item in items:
                item.subscription = self._subscription
            self._known[phase.pk] = items
        return self._known[phase.pk]


def _open_ended(closed: Sequence[SubscriptionPeriod]) -> Phase | None:
    """The phase that goes on, where a period that ended tells it: behind an open-ended one comes no other."""
    return next((period.phase for period in reversed(closed) if period.phase.ends_at is None), None)


def _in_advance(items: Sequence[SubscriptionItem], opened: Sequence[SubscriptionPeriod]) -> list[Charge]:
    return [
        charge
        for period in opened
        for item in items
        if _belongs(item, period) and item.price.timing == BillingTiming.IN_ADVANCE
        for charge in rate_period(item=item, period=period)
    ]


def _arrears(items: Sequence[SubscriptionItem], period: SubscriptionPeriod) -> list[Charge]:
    return [
        charge
        for item in items
        if _belongs(item, period) and item.price.timing == BillingTiming.IN_ARREARS
        for charge in rate_period(item=item, period=period)
    ]


def _belongs(item: SubscriptionItem, period: SubscriptionPeriod) -> bool:
    return (item.price.interval, item.price.interval_count) == (period.interval, period.interval_count)
