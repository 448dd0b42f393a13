from __future__ import annotations

from apps.billing.coverage import phases_paid_for
from apps.subscriptions.models import Phase, Subscription, SubscriptionItem
from apps.subscriptions.selectors import items_of


class PhaseItems:
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
