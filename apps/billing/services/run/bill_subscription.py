from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from apps.billing.coverage import phase_boundary
from apps.billing.owed import Owed
from apps.billing.phase_items import PhaseItems
from apps.billing.services.run.close_arrears import close_arrears
from apps.billing.services.run.cut_short import cut_short
from apps.billing.services.run.rate_advance import rate_advance
from apps.billing.services.run.settle_boundary import Settled, settle_boundary
from apps.billing.services.run.settle_periods import Closing
from apps.billing.services.usage.rate_late_usage import rate_late_usage
from apps.billing.services.usage.watch_usage import watch_usage
from apps.pricing.charge import Charge
from apps.subscriptions.enums import SubscriptionStatus
from apps.subscriptions.models import Phase, Subscription, SubscriptionPeriod
from apps.subscriptions.selectors import running_periods
from apps.subscriptions.services.turn import close_periods, turn_periods
from apps.usage.selectors import current_watermark


def owed_at(*, subscription: Subscription, at: datetime, below: int | None = None) -> Owed:
    """Take a locked subscription over the boundary at `at`, and return what it owes there.

    In this order: usage of earlier periods that came late is rated; periods that ended are closed and their
    arrears rated, with the items they ran under; due changes or a trial's end are settled, which may cut
    others; the next periods open and their fees in advance are rated. Fees in advance come first on the
    invoice, then credits for what they replace, then arrears, then what was late. Usage is what is stored by
    now, or below a watermark where `below` names one; either way what is stored later is late, and found by
    the watermark that the period is closed with. Runs in the caller's transaction.
    """
    late = rate_late_usage(subscription=subscription, at=at, below=below)
    items_in = PhaseItems(subscription)
    closed = close_periods(subscription=subscription, at=at, below=below or current_watermark())
    settled = settle_boundary(subscription=subscription, at=at, running=_open_ended(closed))
    closing = _close(subscription, items_in, closed, settled, at, below)
    cut = Owed()
    if _leaves(settled, at):
        cut = cut_short(
            subscription=subscription, at=at, unused=settled.unused, goes_on=settled.phase, below=below
        )
    advance = _go_on(subscription, items_in, settled, at)
    return replace(
        cut,
        charges=advance + cut.charges + closing.charges + late.charges,
        credits=cut.credits + late.credits,
        progressive_minor=cut.progressive_minor + closing.progressive_minor,
    )


def _leaves(settled: Settled, at: datetime) -> bool:
    """Whether the phase that ran until `at` ended there."""
    return settled.phase is None or settled.phase.starts_at == at


def _close(
    subscription: Subscription,
    items_in: PhaseItems,
    closed: Sequence[SubscriptionPeriod],
    settled: Settled,
    at: datetime,
    below: int | None,
) -> Closing:
    def boundary_of(period: SubscriptionPeriod) -> datetime | None:
        was_cut = _leaves(settled, at) and period.ends_at == at < period.full_ends_at
        return phase_boundary(subscription, period.phase, at) if was_cut else None

    return close_arrears(closed=closed, items_in=items_in, boundary_of=boundary_of, below=below)


def _go_on(subscription: Subscription, items_in: PhaseItems, settled: Settled, at: datetime) -> list[Charge]:
    """Open the next periods of what goes on, and return what they cost in advance."""
    phase = settled.phase
    if phase is None:
        ended = subscription.status == SubscriptionStatus.CANCELED
        subscription.next_bill_at = None if ended else min(settled.planned, default=None)
        subscription.save(update_fields=["next_bill_at"])
        return []
    items = items_in.phase(phase)
    if phase.starts_at == at:
        watch_usage(subscription=subscription, items=items)
    opened = turn_periods(
        subscription=subscription, phase=phase, items=items, at=at, planned=list(settled.planned)
    )
    if subscription.trial_ends_at == at and phase.starts_at < at:
        # The trial freed the fees of periods that run on: their rest begins to cost now.
        opened = running_periods(subscription.pk, at)
    if subscription.status == SubscriptionStatus.TRIALING:
        return []
    return rate_advance(phase=phase, items_in=items_in, opened=opened, at=at, planned=settled.planned)


def _open_ended(closed: Sequence[SubscriptionPeriod]) -> Phase | None:
    """The phase that goes on, where a period that ended tells it: behind an open-ended one comes no other."""
    return next((period.phase for period in reversed(closed) if period.phase.ends_at is None), None)
