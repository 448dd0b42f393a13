"""What the demo's busy customers do: events of a few days at once, through real intake."""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import datetime, timedelta

from apps.accounts.models import Brand
from apps.customers.models import Customer
from apps.usage.incoming import MAX_EVENTS, IncomingEvent
from apps.usage.services.ingest import ingest_events

ENDPOINTS = ("send", "search", "webhooks")


def send_usage(
    *, brand: Brand, busyness: Mapping[int, int], chance: random.Random, day: int, at: datetime, days: int
) -> None:
    """Report the usage of the last `days` days of each busy customer (by row id), in batches."""
    owners = Customer.objects.in_bulk(list(busyness))
    events = [
        event
        for customer_id, level in busyness.items()
        for event in _events_of(owners[customer_id], level, chance, day, at, days)
    ]
    for start in range(0, len(events), MAX_EVENTS):
        ingest_events(
            brand_id=brand.pk, livemode=False, events=events[start : start + MAX_EVENTS], received_at=at
        )


def _events_of(
    customer: Customer, level: int, chance: random.Random, day: int, at: datetime, days: int
) -> list[IncomingEvent]:
    events = []
    for back in range(days):
        happened = at - timedelta(days=back, minutes=chance.randint(1, 600))
        if happened < customer.created_at:
            continue
        # Growth over the year, quieter weekends, and chance.
        weight = level * (1 + day / 365) * (0.4 if happened.weekday() > 4 else 1) * chance.uniform(0.7, 1.3)
        name = f"{customer.public_id}-{happened:%Y%m%d}"
        for endpoint in ENDPOINTS:
            calls = int(weight * chance.randint(900, 2600))
            events.append(
                _event(customer, f"{name}-{endpoint}", happened, "api.call", calls=calls, endpoint=endpoint)
            )
        events.append(_event(customer, f"{name}-mail", happened, "email.sent", count=int(weight * 1500)))
        archive = round(level * 3 + day * level / 40, 1)
        events.append(_event(customer, f"{name}-disk", happened, "archive.measured", gigabytes=str(archive)))
    return events


def _event(
    customer: Customer, event_id: str, at: datetime, name: str, **properties: int | str
) -> IncomingEvent:
    return IncomingEvent(
        id=event_id, customer=customer.public_id, event=name, timestamp=at, properties=dict(properties)
    )
