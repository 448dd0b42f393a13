"""Which closed periods of a subscription may have been billed too little or too much by now."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import QuerySet

from apps.invoices.enums import InvoiceStatus
from apps.invoices.models import Invoice
from apps.plans.enums import LateUsage, QuantitySource
from apps.pricing.periods.cadence import Cadence, Interval
from apps.pricing.periods.lattice import Lattice
from apps.subscriptions.models import Phase, Subscription, SubscriptionItem, SubscriptionPeriod
from apps.subscriptions.schedule import phase_schedule

JUST_BEFORE = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class ClosedUsage:
    """A closed period of a metered item, in reach of an invoice that would be issued now.

    `periods_back` counts from the period that such an invoice bills, or that runs.
    """

    item: SubscriptionItem
    period: SubscriptionPeriod
    periods_back: int

    @property
    def policy(self) -> LateUsage:
        return LateUsage(self.item.price.meter.late_usage) if self.item.price.meter else LateUsage.IGNORED


def closed_usage(
    *, subscription: Subscription, at: datetime, changed: bool = True, latest: int | None = None
) -> list[ClosedUsage]:
    """The closed periods of a subscription's metered items that are in reach at `at`, oldest first.

    In reach is what the meter's `late_usage_periods` allow, counted back from the invoice that would carry
    it. With `changed` only those to which an event or a correction was stored since they were last rated:
    one query, which goes by index, and two more where something is found. A subscription that was never
    metered costs none. `latest` bounds how far back is looked.
    """
    if not subscription.is_metered:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            _CLOSED.format(changed=_CHANGED if changed else ""),
            {
                "subscription": subscription.pk,
                "customer": subscription.customer_id,
                "at": at,
                "looked": subscription.late_below or 0,
            },
        )
        rows = cursor.fetchall()
    if not rows:
        return []
    items = SubscriptionItem.objects.select_related(
        "price__meter", "price__version__plan", "phase__plan_version"
    ).in_bulk([row[0] for row in rows])
    periods = SubscriptionPeriod.objects.select_related("phase__plan_version").in_bulk(
        [row[1] for row in rows]
    )
    found = [_closed(subscription, items[item], periods[period], back) for item, period, back in rows]
    reached = [usage for usage in _counted_on(subscription, found, at) if _in_reach(usage)]
    return [usage for usage in reached if latest is None or usage.periods_back <= latest]


def without_drafted(subscription: Subscription, closed: list[ClosedUsage]) -> list[ClosedUsage]:
    """Leave out the periods whose invoice is still a draft: it takes up what is late when it is finalised."""
    if not closed:
        return []
    drafted = set(waiting_drafts(subscription.customer_id).values_list("boundary_at", flat=True))
    return [usage for usage in closed if usage.period.closed_at not in drafted]


def waiting_drafts(customer_id: int) -> QuerySet[Invoice]:
    """The drafts of a customer that wait for late usage, oldest first."""
    return Invoice.objects.filter(
        customer_id=customer_id, status=InvoiceStatus.DRAFT, finalize_at__isnull=False
    ).order_by("finalize_at", "pk")


def _closed(
    subscription: Subscription, item: SubscriptionItem, period: SubscriptionPeriod, back: int
) -> ClosedUsage:
    item.subscription = subscription
    return ClosedUsage(item, period, back)


def _in_reach(usage: ClosedUsage) -> bool:
    limit = usage.item.price.meter.late_usage_periods if usage.item.price.meter else 0
    return limit is None or usage.periods_back <= limit


def _counted_on(subscription: Subscription, found: list[ClosedUsage], at: datetime) -> list[ClosedUsage]:
    """Where nothing runs any more, periods are counted on as if it did: late usage ends there, too."""
    stopped_at = subscription.ended_at or subscription.paused_at
    if stopped_at is None or at <= stopped_at:
        return found
    return [
        replace(usage, periods_back=usage.periods_back + _boundaries(usage, stopped_at, at))
        for usage in found
    ]


def _boundaries(usage: ClosedUsage, since: datetime, until: datetime) -> int:
    """How many boundaries of the usage's cadence lie in [since, until)."""
    lattice = _lattice(usage.period.phase, usage.period)
    return lattice.index_at(until - JUST_BEFORE) - lattice.index_at(since - JUST_BEFORE)


def _lattice(phase: Phase, period: SubscriptionPeriod) -> Lattice:
    """The boundaries of a period's cadence as if its phase had not ended."""
    cadence = Cadence(Interval(period.interval), period.interval_count)
    return replace(phase_schedule(phase, cadence), ends_at=None).lattice


# Periods are counted back within their cadence; a period that begins at the instant is not yet one. Behind a
# cut, what is late in the earlier parts of a whole period changes what a part costs: its tiers go on.
_CLOSED = f"""
WITH counted AS (
    SELECT id, phase_id, "interval", interval_count, starts_at, ends_at,
        GREATEST(COALESCE(rerated_below, closed_below), %(looked)s) AS since, closed_below,
        count(*) OVER (PARTITION BY cadence ORDER BY starts_at DESC) - 1 AS back,
        min(starts_at) OVER (PARTITION BY cadence, full_starts_at, full_ends_at) AS whole_starts_at
    FROM subscriptions_subscriptionperiod
    WHERE subscription_id = %(subscription)s AND starts_at < %(at)s
)
SELECT item.id, period.id, period.back
FROM counted AS period
JOIN subscriptions_subscriptionitem AS item ON item.phase_id = period.phase_id
JOIN plans_price AS price ON price.id = item.price_id
    AND price.quantity_source = '{QuantitySource.METER}'
    AND price."interval" = period."interval" AND price.interval_count = period.interval_count
JOIN plans_meter AS meter ON meter.id = price.meter_id AND meter.late_usage <> '{LateUsage.IGNORED}'
    AND (meter.late_usage_periods IS NULL OR period.back <= meter.late_usage_periods)
WHERE period.closed_below IS NOT NULL {{changed}}
ORDER BY period.starts_at, item.id
"""  # noqa: S608 - the names in it are constants
# As `apps.usage.intake_selectors.late_changes`, for all of a subscription's closed periods at once. Written
# so that the index by transaction is the one that helps: in the months of closed periods few events are that
# new, and the end of a period leaves out the months after it. By time, each event of it would be read.
_CHANGED = """AND (EXISTS (
    SELECT 1 FROM usage_event AS event
    WHERE event.customer_id = %(customer)s AND event.name = meter.event_name
        AND event."timestamp" - period.whole_starts_at >= interval '0' AND event."timestamp" < period.ends_at
        AND event.transaction_id BETWEEN period.since AND 9223372036854775807
) OR EXISTS (
    SELECT 1 FROM usage_event_revision AS revision
    WHERE revision.superseded_customer_id = %(customer)s AND revision.superseded_name = meter.event_name
        AND revision.superseded_timestamp >= period.whole_starts_at
        AND revision.superseded_timestamp < period.ends_at
        AND revision.transaction_id >= period.since
))"""
