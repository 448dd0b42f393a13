from __future__ import annotations

from collections.abc import Mapping, Sequence

from apps.billing.coverage import cadence_of, phases_paid_for
from apps.subscriptions.models import Phase, Subscription, SubscriptionItem
from apps.subscriptions.selectors import continued_items, items_of


class PhaseItems:
    """The items of a subscription's phases: each phase is read once, and knows the subscription at hand."""

    def __init__(self, subscription: Subscription) -> None:
        self._subscription = subscription
        self._known: dict[int, list[SubscriptionItem]] = {}
        self._continued: dict[int, Mapping[int, Sequence[SubscriptionItem]]] = {}

    def phase(self, phase: Phase) -> list[SubscriptionItem]:
        if phase.pk not in self._known:
            items = items_of(phase)
            for item in items:
                item.subscription, item.phase = self._subscription, phase
            self._known[phase.pk] = items
        return self._known[phase.pk]

    def continued(self, phase: Phase) -> Mapping[int, Sequence[SubscriptionItem]]:
        """By item of a phase, those that it continues, newest first."""
        if phase.pk not in self._continued:
            chains = continued_items(self.phase(phase))
            for item in (item for chain in chains.values() for item in chain):
                item.subscription = self._subscription
            self._continued[phase.pk] = chains
        return self._continued[phase.pk]

    def chain(self, phase: Phase) -> list[SubscriptionItem]:
        """The items of a phase, and all whose paid fees it goes on with."""
        found: dict[int, SubscriptionItem] = {}
        for each in phases_paid_for(phase):
            found |= {item.pk: item for item in self.phase(each)}
            found |= {item.pk: item for chain in self.continued(each).values() for item in chain}
        return list(found.values())

    def paid_by(self, phase: Phase) -> dict[int, list[SubscriptionItem]]:
        """By item of a phase, those whose fees are paid for it.

        They are what it continues, and where the phase goes on with all that was paid before, everything of
        its cadence.
        """
        before = [] if phase.continues is None else self.chain(phase.continues)
        return {
            item.pk: [
                *self.continued(phase)[item.pk],
                *(one for one in before if cadence_of(one) == cadence_of(item)),
            ]
            for item in self.phase(phase)
        }
