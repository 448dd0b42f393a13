from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from apps.billing.coverage import covered_until
from apps.billing.services.run.true_up import true_up
from apps.billing.services.usage.rate_again import Difference, billed_by, corrected_of
from apps.invoices.enums import LineKind
from apps.invoices.models import InvoiceLine
from apps.plans.selectors import commitment_of
from apps.pricing.charge import Charge, with_revision
from apps.pricing.money import Money
from apps.pricing.trace import Trace, step
from apps.subscriptions.models import Phase, Subscription, SubscriptionItem, SubscriptionPeriod
from apps.subscriptions.schedule import main_cadence
from apps.subscriptions.selectors import items_of


def commitment_differences(differences: Sequence[Difference]) -> list[Difference]:
    """What late usage changes about the true-ups to minimum commitments of the periods that it belongs to.

    More usage counts toward the commitment, so less is missing; with less usage more is. Each closed billing
    period is topped up anew with the differences counted, and compared with the lines of its true-up. Runs
    before the differences become lines.
    """
    phases: dict[int, list[Difference]] = {}
    for difference in differences:
        if difference.charge.amount:
            phases.setdefault(difference.usage.period.phase_id, []).append(difference)
    return [found for late in phases.values() for found in _of_phase(late)]


def _of_phase(late: Sequence[Difference]) -> list[Difference]:
    item, phase = late[0].usage.item, late[0].usage.period.phase
    if commitment_of(phase.plan_version, item.price.currency) is None:
        return []
    items = _items(item.subscription, phase)
    periods: dict[int, tuple[SubscriptionPeriod, list[Difference]]] = {}
    for difference in late:
        period = _billing_period(items, difference.usage.period)
        if period is not None:
            periods.setdefault(period.pk, (period, []))[1].append(difference)
    found = [_difference(items, period, inside) for period, inside in periods.values()]
    return [difference for difference in found if difference is not None]


def _items(subscription: Subscription, phase: Phase) -> list[SubscriptionItem]:
    items = items_of(phase)
    for item in items:
        item.subscription, item.phase = subscription, phase
    return items


def _billing_period(
    items: Sequence[SubscriptionItem], inside: SubscriptionPeriod
) -> SubscriptionPeriod | None:
    """The closed period of the main cadence that a period of usage lies in; None while it still runs."""
    interval, count = main_cadence([item.price for item in items])
    return (
        SubscriptionPeriod.objects.select_related("phase__plan_version")
        .filter(
            phase=inside.phase_id,
            interval=interval,
            interval_count=count,
            starts_at__lte=inside.starts_at,
            ends_at__gt=inside.starts_at,
            closed_at__isnull=False,
        )
        .first()
    )


def _difference(
    items: Sequence[SubscriptionItem], period: SubscriptionPeriod, late: Sequence[Difference]
) -> Difference | None:
    ends_at = covered_until(items[0].subscription, period) or period.ends_at
    whole = next(iter(true_up(items, period, [difference.charge for difference in late], ends_at)), None)
    lines = _true_ups(items, period)
    if whole is None and not lines:
        return None
    whole = whole or _nothing(lines[0], items[0].subscription)
    corrected = corrected_of(lines)
    billed = billed_by(lines, corrected) if lines else replace(late[0].billed, amount_minor=0, revision=0)
    before = Money(billed.amount_minor, whole.currency)
    amount = whole.amount - before
    if not amount:
        return None
    steps = (step("already_billed", amount=before.major), step("total", amount=amount.major))
    charge = replace(
        whole,
        key=with_revision(whole.key, billed.revision),
        amount=amount,
        exact=amount.major,
        description=f"Late usage: {whole.description}",
        trace=whole.trace.then(*steps),
    )
    return Difference(late[0].usage, whole, charge, billed, lines)


def _true_ups(items: Sequence[SubscriptionItem], period: SubscriptionPeriod) -> list[InvoiceLine]:
    lines = InvoiceLine.objects.select_related("invoice").filter(
        item_id__in=[item.pk for item in items],
        kind=LineKind.COMMITMENT,
        period_starts_at__gte=period.starts_at,
        period_starts_at__lt=period.ends_at,
    )
    return list(lines.order_by("pk"))


def _nothing(line: InvoiceLine, subscription: Subscription) -> Charge:
    """The true-up of a commitment that is reached by now: as its line, but of 0."""
    if line.period_starts_at is None or line.period_ends_at is None or line.item_id is None:
        raise ValueError(f"line {line.public_id} is no true-up of a period")
    currency = subscription.currency
    return Charge(
        source=line.source,
        key=line.charge_key,
        customer_id=subscription.customer_id,
        currency=currency,
        amount=Money(0, currency),
        exact=Decimal(0),
        quantity=Decimal(1),
        description=line.description,
        period_start=line.period_starts_at,
        period_end=line.period_ends_at,
        trace=Trace(currency),
        price_id=line.price_id,
        item_id=line.item_id,
        kind=LineKind.COMMITMENT,
        dimension="",
    )
