from __future__ import annotations

from dataclasses import dataclass, field

from apps.customers.models import Customer, TestClock
from apps.scenarios.timeline.story import Story
from apps.subscriptions.models import Subscription


@dataclass(slots=True)
class Stage:
    """What a scenario has brought about: its customer on its clock, and subscriptions by their names."""

    story: Story
    test_clock: TestClock
    customer: Customer
    subscriptions: dict[str, Subscription] = field(default_factory=dict)

    def subscription(self, name: str | None) -> Subscription:
        """The named subscription, or without a name the newest; fresh from the database.

        Raises:
            LookupError: there is none.
        """
        if not self.subscriptions or (name is not None and name not in self.subscriptions):
            raise LookupError(f"subscription {name!r}" if name else "subscription")
        found = self.subscriptions[name] if name is not None else [*self.subscriptions.values()][-1]
        return Subscription.objects.select_related("plan_version__plan").get(pk=found.pk)
