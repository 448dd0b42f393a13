from __future__ import annotations

from django.db import connection, transaction

from apps.billing.models import LateUsageSearch
from apps.plans.enums import LateUsage, QuantitySource


@transaction.atomic
def find_late_usage() -> int:
    """Mark the subscriptions to whose closed periods events or corrections were stored since the last search,
    where no next invoice will carry them; how many were newly marked.

    These are meters that correct at once, and subscriptions that ended or are paused. A search looks at what
    its snapshot sees and the one before did not: nothing is looked at twice, nothing is missed that was
    committed late. The mark says only that rating again may find something. Any number of workers may run
    this; one does it, the others find it done.
    """
    search = LateUsageSearch.objects.select_for_update(skip_locked=True).first()
    if search is None:
        return 0
    with connection.cursor() as cursor:
        # One statement has one snapshot, so what is written down is what was looked at.
        # A plain number, so that the planner knows how few events are that new.
        oldest = int(search.snapshot.split(":")[0])
        cursor.execute(_SEARCH, {"seen": search.snapshot, "xmin": oldest})
        marked, search.snapshot = cursor.fetchone()
    search.save(update_fields=["snapshot"])
    return int(marked)


# The events of a search are grouped before they meet any subscription: of a busy customer there are many.
# What this transaction wrote itself has no end yet, and belongs to the next search.
_SEARCH = f"""
WITH changed AS (
    SELECT customer_id, name, min(at) AS since FROM (
        SELECT customer_id, name, "timestamp" AS at, transaction_id FROM usage_event
        WHERE transaction_id >= %(xmin)s
        UNION ALL
        SELECT superseded_customer_id, superseded_name, superseded_timestamp, transaction_id
        FROM usage_event_revision
        WHERE transaction_id >= %(xmin)s
            AND superseded_customer_id IS NOT NULL
    ) AS stored
    WHERE NOT pg_visible_in_snapshot(transaction_id::text::xid8, %(seen)s::pg_snapshot)
        AND transaction_id IS DISTINCT FROM pg_current_xact_id_if_assigned()::text::bigint
    GROUP BY customer_id, name
), marked AS (
    UPDATE subscriptions_subscription AS subscription SET late_due_at = late.closed_at
    FROM (
        SELECT period.subscription_id, max(period.closed_at) AS closed_at
        FROM changed
        JOIN subscriptions_subscription AS owner ON owner.customer_id = changed.customer_id
            AND owner.is_metered AND owner.late_due_at IS NULL
        JOIN subscriptions_subscriptionperiod AS period ON period.subscription_id = owner.id
            AND period.closed_at IS NOT NULL AND period.ends_at > changed.since
        JOIN subscriptions_subscriptionitem AS item ON item.phase_id = period.phase_id
        JOIN plans_price AS price ON price.id = item.price_id
            AND price.quantity_source = '{QuantitySource.METER}'
            AND price."interval" = period."interval" AND price.interval_count = period.interval_count
        JOIN plans_meter AS meter ON meter.id = price.meter_id AND meter.event_name = changed.name
            AND (
                meter.late_usage = '{LateUsage.CORRECTION}'
                OR (meter.late_usage = '{LateUsage.NEXT_INVOICE}' AND owner.next_bill_at IS NULL)
            )
        GROUP BY period.subscription_id
    ) AS late
    WHERE late.subscription_id = subscription.id
    RETURNING subscription.id
)
SELECT (SELECT count(*) FROM marked), pg_current_snapshot()::text
"""  # noqa: S608 - the names in it are constants
