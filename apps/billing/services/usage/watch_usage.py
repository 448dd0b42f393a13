from __future__ import annotations

from collections.abc import Sequence

from apps.billing.models import UsageWatch
from apps.plans.enums import BillingTiming, QuantitySource
from apps.plans.selectors import thresholds_of
from apps.subscriptions.models import Subscription, SubscriptionItem


def watch_usage(*, subscription: Subscription, items: Sequence[SubscriptionItem]) -> None:
    """Let usage be billed while its period runs, where the plan version of a phase that begins asks for it.

    It does by thresholds or by metered prices in advance. The first look is due at once. What was reached
    before stays reached: thresholds watch a subscription's life. Runs in the caller's transaction.
    """
    metered = [item for item in items if item.price.quantity_source == QuantitySource.METER]
    at_once = any(item.price.timing == BillingTiming.IN_ADVANCE for item in metered)
    if at_once or (metered and thresholds_of(subscription.plan_version, subscription.currency)):
        UsageWatch.objects.update_or_create(subscription=subscription, defaults={"checked_below": None})
