from __future__ import annotations

from apps.subscriptions.enums import NEXT, SubscriptionStatus
from apps.subscriptions.errors import SubscriptionRefused
from apps.subscriptions.models import Subscription


def move_status(subscription: Subscription, to: SubscriptionStatus) -> None:
    """Set the status of a locked subscription, if the table of moves allows it; the caller saves.

    Raises:
        SubscriptionRefused: the move is not in the table (409).
    """
    now = SubscriptionStatus(subscription.status)
    if to not in NEXT[now]:
        raise SubscriptionRefused(f"A subscription that is {now.label.lower()} cannot be {to.label.lower()}.")
    subscription.status = to
