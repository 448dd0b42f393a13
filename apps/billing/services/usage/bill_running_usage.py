from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from apps.billing.models import UsageWatch
from apps.billing.owed import Owed
from apps.billing.services.run.issue_invoices import issue_invoices
from apps.billing.services.run.settle_periods import advance_charge, metered_items
from apps.invoices.models import Invoice
from apps.invoices.usage_selectors import billed_progressively, progressive_revision, usage_billed_before
from apps.plans.enums import BillingTiming
from apps.plans.models import UsageThreshold
from apps.plans.selectors import thresholds_of
from apps.pricing.charge import Charge
from apps.pricing.thresholds import reached_threshold
from apps.rating.services.rate_early_usage import rate_usage_so_far, usage_amount
from apps.subscriptions.models import Subscription, SubscriptionItem, SubscriptionPeriod
from apps.subscriptions.selectors import items_of, running_periods

Used = tuple[SubscriptionItem, SubscriptionPeriod]


def bill_running_usage(*, subscription: Subscription, watch: UsageWatch, at: datetime) -> list[Invoice]:
    """Bill what a locked subscription has used by now, where that is not left to the end of the period.

    Metered prices in advance: what their events cost beyond the lines before, on one invoice. Thresholds:
    when the usage amount of the subscription's life has reached one that was not billed yet, all usage of
    each running period in arrears, less what was billed progressively of it; one invoice even where several
    thresholds were passed. `at` is UTC; the amounts are of all events that are visible. Runs in the
    caller's transaction, which holds the customer, so a second worker finds nothing left to bill.
    """
    used = _used(subscription, at)
    charges = [charge for item, period in used if (charge := advance_charge(item, period)) is not None]
    invoices = _issue(subscription, Owed(charges), at) if charges else []
    reached = _reached(subscription, used)
    if reached <= watch.reached_minor:
        return invoices
    watch.reached_minor = reached
    watch.save(update_fields=["reached_minor"])
    for period, items in _by_period(used):
        invoices += _bill_progressively(subscription, period, items, at)
    return invoices


def _used(subscription: Subscription, at: datetime) -> list[Used]:
    """The metered items of the periods that hold `at`."""
    used = []
    for period in running_periods(subscription.pk, at):
        items = items_of(period.phase)
        for item in metered_items(items, period):
            item.subscription, item.phase = subscription, period.phase
            used.append((item, period))
    return used


def _reached(subscription: Subscription, used: Sequence[Used]) -> int:
    """The highest threshold that the usage of the subscription's life has reached; minor units."""
    thresholds = thresholds_of(subscription.plan_version, subscription.currency)
    if not thresholds:
        return 0
    before = usage_billed_before(
        subscription_id=subscription.pk, running=[(item.pk, period.starts_at) for item, period in used]
    )
    amount = before + sum(usage_amount(item=item, period=period).minor for item, period in used)
    return reached_threshold(amount, once=_once(thresholds), step=_step(thresholds))


def _once(thresholds: Sequence[UsageThreshold]) -> list[int]:
    return [threshold.amount_minor for threshold in thresholds if not threshold.is_recurring]


def _step(thresholds: Sequence[UsageThreshold]) -> int | None:
    return next((threshold.amount_minor for threshold in thresholds if threshold.is_recurring), None)


def _by_period(used: Sequence[Used]) -> list[tuple[SubscriptionPeriod, list[SubscriptionItem]]]:
    """The items in arrears of each period."""
    found: dict[int, tuple[SubscriptionPeriod, list[SubscriptionItem]]] = {}
    for item, period in used:
        if item.price.timing == BillingTiming.IN_ARREARS:
            found.setdefault(period.pk, (period, []))[1].append(item)
    return list(found.values())


def _bill_progressively(
    subscription: Subscription, period: SubscriptionPeriod, items: Sequence[SubscriptionItem], at: datetime
) -> list[Invoice]:
    keys = [item.pk for item in items]
    revision = progressive_revision(item_ids=keys, period_starts_at=period.starts_at)
    charges: list[Charge] = []
    for item in items:
        charges += rate_usage_so_far(item=item, period=period, revision=revision)
    before = billed_progressively(item_ids=keys, period_starts_at=period.starts_at)
    if sum(charge.amount.minor for charge in charges) <= before:
        # Everything is on an earlier one; a fall of the amount is settled when the period ends.
        return []
    return _issue(subscription, Owed(charges, progressive_minor=before), at)


def _issue(subscription: Subscription, owed: Owed, at: datetime) -> list[Invoice]:
    # Nothing of it waits for late usage: that is on the next one, or on the bill of the period.
    return issue_invoices(
        customer=subscription.customer, billed=[(subscription, owed)], at=at, may_wait=False
    )
