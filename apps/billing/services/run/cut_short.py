from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from apps.billing.coverage import phase_boundary
from apps.billing.owed import Owed
from apps.billing.phase_items import PhaseItems
from apps.billing.services.run.close_arrears import close_arrears
from apps.billing.services.run.credit_drafts import credit_drafts
from apps.billing.services.run.unused_parts import unused_parts
from apps.invoices.models import InvoiceLine
from apps.invoices.services.plan_credit import CREDITABLE
from apps.plans.policies import policies_of
from apps.pricing.charge import Charge
from apps.subscriptions.enums import PhaseKind, SubscriptionStatus, UnusedPart
from apps.subscriptions.models import Phase, Subscription
from apps.subscriptions.services.turn import close_periods
from apps.usage.selectors import current_watermark


def cut_short(
    *,
    subscription: Subscription,
    at: datetime,
    unused: UnusedPart,
    goes_on: Phase | None = None,
    below: int | None = None,
) -> Owed:
    """Close what an end, a pause or a change of phase cut at `at` (UTC): its arrears and unused part.

    What the phase that `goes_on` continues is not unused. What is unused of a draft is taken off that draft,
    wherever `unused` would send it. `below` is a usage watermark. Runs in the caller's transaction, on a
    locked subscription.
    """
    items_in = PhaseItems(subscription)
    closing = close_arrears(
        closed=close_periods(subscription=subscription, at=at, below=below or current_watermark()),
        items_in=items_in,
        boundary_of=lambda period: phase_boundary(subscription, period.phase, at),
        below=below,
    )
    arrears, progressive = closing.charges, closing.progressive_minor
    if unused == UnusedPart.NONE:
        return Owed(arrears, progressive_minor=progressive)
    ended = _ended_phases(subscription, at)
    back = credit_drafts(credits=_given_back(subscription, items_in, ended, goes_on, at), at=at)
    if unused == UnusedPart.SAME_INVOICE:
        return Owed(back + arrears, progressive_minor=progressive)
    back, lines = _apart(back)
    # As what is unused, it is the business of the plan that ends.
    use = policies_of(ended[-1].plan_version if ended else subscription.plan_version).credit_note_use
    return Owed(lines + arrears, back, unused == UnusedPart.REFUND, use, progressive)


def _given_back(
    subscription: Subscription,
    items_in: PhaseItems,
    ended: Sequence[Phase],
    goes_on: Phase | None,
    at: datetime,
) -> list[Charge]:
    stops = subscription.status in (SubscriptionStatus.CANCELED, SubscriptionStatus.PAUSED)
    continued = {} if goes_on is None else items_in.continued(goes_on)
    settled = {item.pk for chain in continued.values() for item in chain}
    credits: list[Charge] = []
    for phase in ended:
        # Phases that ended at one instant may go on with the same fees.
        items = [item for item in items_in.chain(phase) if item.pk not in settled]
        settled |= {item.pk for item in items}
        boundary = phase_boundary(subscription, phase, at)
        credits += unused_parts(items=items, at=at, boundary=boundary, stops=stops)
    return credits


def _apart(credits: Sequence[Charge]) -> tuple[list[Charge], list[Charge]]:
    """(for credit notes, for negative lines): an invoice that was closed without a number takes no note."""
    by_line = {int(credit.metadata["credits_line"]): credit for credit in credits}
    billed = InvoiceLine.objects.filter(pk__in=by_line, invoice__status__in=CREDITABLE)
    noted = set(billed.values_list("pk", flat=True)) if credits else set()
    return (
        [credit for line, credit in by_line.items() if line in noted],
        [credit for line, credit in by_line.items() if line not in noted],
    )


def _ended_phases(subscription: Subscription, at: datetime) -> list[Phase]:
    """The paid phases that ended at `at`; of one that is ended while it is paused, the last."""
    paid = subscription.phases.filter(kind=PhaseKind.REGULAR).select_related("plan_version", "continues")
    ended = list(paid.filter(ends_at=at))
    if ended or subscription.status != SubscriptionStatus.CANCELED:
        return ended
    return list(paid.filter(ends_at__lt=at).order_by("-ends_at", "-id")[:1])
