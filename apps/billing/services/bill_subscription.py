from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from apps.billing.coverage import (
    Cadence,
    covered_from,
    paid_until,
    phase_boundary,
    phases_paid_for,
    planned_end,
)
from apps.billing.services.fee_in_advance import fee_in_advance
from apps.billing.services.rate_late_usage import rate_late_usage
from apps.billing.services.settle_boundary import settle_boundary
from apps.billing.services.settle_periods import carried_over, settle_periods
from apps.billing.services.unused_parts import unused_parts
from apps.billing.services.watch_usage import watch_usage
from apps.invoices.models import InvoiceLine
from apps.invoices.services.plan_credit import CREDITABLE
from apps.plans.enums import BillingTiming, QuantitySource
from apps.plans.policies import CreditNoteUse, policies_of
from apps.pricing.charge import Charge
from apps.rating.services.rate import rate_period
from apps.subscriptions.enums import PhaseKind, SubscriptionStatus, UnusedPart
from apps.subscriptions.models import Phase, Subscription, SubscriptionItem, SubscriptionPeriod
from apps.subscriptions.selectors import items_of, running_periods
from apps.subscriptions.services.turn import close_periods, turn_periods
from apps.usage.selectors import current_watermark


@dataclass(frozen=True, slots=True)
class Owed:
    """What a subscription owes at an instant, and what it is owed.

    `charges` become lines of one invoice; those below zero are credits on it. `credits` (below zero too)
    become credit notes on the invoices that billed them, paid back where `refunds` says so; `credit_use`
    says what they pay first. `progressive_minor` was billed before of the usage among the charges, and
    comes off their invoice (minor units).
    """

    charges: list[Charge] = field(default_factory=list)
    credits: list[Charge] = field(default_factory=list)
    refunds: bool = False
    credit_use: CreditNoteUse = CreditNoteUse.OWN_INVOICE
    progressive_minor: int = 0

    def __bool__(self) -> bool:
        return bool(self.charges or self.credits or self.progressive_minor)


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
    owed = _owed_at(subscription, at, below)
    return replace(owed, charges=owed.charges + late.charges, credits=owed.credits + late.credits)


def _owed_at(subscription: Subscription, at: datetime, below: int | None) -> Owed:
    items_in = _Items(subscription)
    closed = close_periods(subscription=subscription, at=at, below=below or current_watermark())
    settled = settle_boundary(subscription=subscription, at=at, running=_open_ended(closed))
    phase = settled.phase
    left = phase is None or phase.starts_at == at
    boundary = {
        period.pk: phase_boundary(subscription, period.phase, at)
        for period in closed
        if left and period.ends_at == at < period.full_ends_at
    }
    rated = [
        charge
        for period in closed
        for charge in _arrears(items_in.phase(period.phase), period, below, boundary.get(period.pk))
    ]
    closing = settle_periods(closed=closed, arrears=rated, items_of=items_in.phase, below=below)
    arrears, progressive = closing.charges, closing.progressive_minor
    cut = Owed()
    if left:
        cut = cut_short(subscription=subscription, at=at, unused=settled.unused, below=below)
    if phase is None:
        ended = subscription.status == SubscriptionStatus.CANCELED
        subscription.next_bill_at = None if ended else min(settled.planned, default=None)
        subscription.save(update_fields=["next_bill_at"])
        return _joined(cut, arrears + cut.charges, progressive)
    items = items_in.phase(phase)
    if phase.starts_at == at:
        watch_usage(subscription=subscription, items=items)
    opened = turn_periods(
        subscription=subscription, phase=phase, items=items, at=at, planned=list(settled.planned)
    )
    if subscription.trial_ends_at == at and phase.starts_at < at:
        # The trial freed the fees of periods that run on: their rest begins to cost now.
        opened = running_periods(subscription.pk, at)
    advance: list[Charge] = []
    if subscription.status != SubscriptionStatus.TRIALING:
        paid = _paid_before(items_in, phase, at)
        advance = _in_advance(items, opened, paid, settled.planned)
    return _joined(cut, advance + cut.charges + arrears, progressive)


def _joined(cut: Owed, charges: list[Charge], progressive_minor: int) -> Owed:
    return replace(cut, charges=charges, progressive_minor=cut.progressive_minor + progressive_minor)


def cut_short(
    *, subscription: Subscription, at: datetime, unused: UnusedPart, below: int | None = None
) -> Owed:
    """Close what an end, a pause or a change of phase has cut at `at`: its arrears, and its unused part."""
    items_in = _Items(subscription)
    closed = close_periods(subscription=subscription, at=at, below=below or current_watermark())
    ended = _ended_phases(subscription, at)
    rated = [
        charge
        for period in closed
        for charge in _arrears(
            items_in.phase(period.phase), period, below, phase_boundary(subscription, period.phase, at)
        )
    ]
    closing = settle_periods(
        closed=closed,
        arrears=rated,
        items_of=items_in.phase,
        boundary_of=lambda phase: phase_boundary(subscription, phase, at),
        below=below,
    )
    arrears, progressive = closing.charges, closing.progressive_minor
    if unused == UnusedPart.NONE:
        return Owed(arrears, progressive_minor=progressive)
    back = [
        credit
        for phase in ended
        for credit in unused_parts(
            items=items_in.chain(phase),
            at=at,
            boundary=phase_boundary(subscription, phase, at),
            stops=subscription.status in (SubscriptionStatus.CANCELED, SubscriptionStatus.PAUSED),
        )
    ]
    if unused == UnusedPart.SAME_INVOICE:
        return Owed(back + arrears, progressive_minor=progressive)
    back, lines = _apart(back)
    # As what is unused, it is the business of the plan that ends.
    use = policies_of(ended[-1].plan_version if ended else subscription.plan_version).credit_note_use
    return Owed(lines + arrears, back, unused == UnusedPart.REFUND, use, progressive)


def _apart(credits: Sequence[Charge]) -> tuple[list[Charge], list[Charge]]:
    """(for credit notes, for negative lines): an invoice that was closed without a number takes no note."""
    by_line = {int(credit.metadata["credits_line"]): credit for credit in credits}
    billed = InvoiceLine.objects.filter(pk__in=by_line, invoice__status__in=CREDITABLE)
    noted = set(billed.values_list("pk", flat=True)) if credits else set()
    return (
        [credit for line, credit in by_line.items() if line in noted],
        [credit for line, credit in by_line.items() if line not in noted],
    )


class _Items:
    """The items of a subscription's phases: each phase is read once, and knows the subscription at hand."""

    def __init__(self, subscription: Subscription) -> None:
        self._subscription = subscription
        self._known: dict[int, list[SubscriptionItem]] = {}

    def phase(self, phase: Phase) -> list[SubscriptionItem]:
        if phase.pk not in self._known:
            items = items_of(phase)
            for item in items:
                item.subscription, item.phase = self._subscription, phase
            self._known[phase.pk] = items
        return self._known[phase.pk]

    def chain(self, phase: Phase) -> list[SubscriptionItem]:
        """The items of a phase, and of those whose paid fees it goes on with."""
        return [item for each in phases_paid_for(phase) for item in self.phase(each)]


def _ended_phases(subscription: Subscription, at: datetime) -> list[Phase]:
    """The paid phases that ended at `at`; of one that is ended while it is paused, the last."""
    paid = subscription.phases.filter(kind=PhaseKind.REGULAR).select_related("plan_version", "continues")
    ended = list(paid.filter(ends_at=at))
    if ended or subscription.status != SubscriptionStatus.CANCELED:
        return ended
    return list(paid.filter(ends_at__lt=at).order_by("-ends_at", "-id")[:1])


def _paid_before(items_in: _Items, phase: Phase, at: datetime) -> Mapping[Cadence, datetime]:
    """What a phase that begins at `at` finds paid by the one that it continues."""
    if phase.starts_at != at or phase.continues is None:
        return {}
    return paid_until(items_in.chain(phase.continues), at)


def _open_ended(closed: Sequence[SubscriptionPeriod]) -> Phase | None:
    """The phase that goes on, where a period that ended tells it: behind an open-ended one comes no other."""
    return next((period.phase for period in reversed(closed) if period.phase.ends_at is None), None)


def _arrears(
    items: Sequence[SubscriptionItem],
    period: SubscriptionPeriod,
    below: int | None,
    boundary: datetime | None = None,
) -> list[Charge]:
    ends_at = None if boundary is None else min(boundary, period.full_ends_at)
    return [
        charge
        for item in items
        if item.price.timing == BillingTiming.IN_ARREARS and _same_cadence(item, period)
        for charge in rate_period(
            item=item, period=period, starts_at=covered_from(period), ends_at=ends_at, below=below
        )
    ]


def _in_advance(
    items: Sequence[SubscriptionItem],
    opened: Sequence[SubscriptionPeriod],
    paid: Mapping[Cadence, datetime],
    planned: Mapping[datetime, str],
) -> list[Charge]:
    fees: list[Charge] = []
    for period in opened:
        begins = covered_from(period)
        begins = max(begins, paid.get((period.interval, period.interval_count), begins))
        ends = planned_end(period, planned)
        for item in items:
            is_fee = item.price.quantity_source != QuantitySource.METER
            if item.price.timing != BillingTiming.IN_ADVANCE or not _same_cadence(item, period):
                continue
            if is_fee and begins < period.ends_at:
                fees += fee_in_advance(item=item, period=period, starts_at=begins, ends_at=ends)
    return fees + [charge for period in opened for charge in carried_over(items, period)]


def _same_cadence(item: SubscriptionItem, period: SubscriptionPeriod) -> bool:
    return (item.price.interval, item.price.interval_count) == (period.interval, period.interval_count)
