"""Contracts over time: subscriptions, their phases, items, periods and scheduled changes."""

from __future__ import annotations

from apps.subscriptions.models.change import ScheduledChange
from apps.subscriptions.models.period import SubscriptionPeriod
from apps.subscriptions.models.phase import Phase, SubscriptionItem
from apps.subscriptions.models.subscription import Subscription
from apps.subscriptions.models.trial_use import TrialUse

__all__ = [
    "Phase",
    "ScheduledChange",
    "Subscription",
    "SubscriptionItem",
    "SubscriptionPeriod",
    "TrialUse",
]
