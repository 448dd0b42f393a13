from __future__ import annotations

from apps.subscriptions.models import Subscription


def lock_subscription(*, subscription_id: int) -> Subscription:
    """The subscription as it is now, with its plan, held until the caller's transaction ends."""
    return (
        Subscription.objects.select_related("plan_version__plan", "customer")
        .select_for_update(of=("self",), no_key=True)
        .get(pk=subscription_id)
    )
