"""What the demo's busy customers do: the events of each day at once, through real intake."""

from __future__ import annotations

import random
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from apps.accounts.models import Brand
from apps.customers.models import Customer
from apps.usage.incoming import MAX_EVENTS, IncomingEvent
from apps.usage.services.ingest import ingest_events

ENDPOINTS = ("send", "search", "webhooks")
FORGOTTEN = timedelta(days=32)


def send_usage(
    *,
    brand: Brand,
    busyness: Mapping[int, int],
    sellers: Collection[int],
    chance: random.Random,
    day: int,
    at: datetime,
) -> None:
    """Report the last hours of each busy customer (by row id), in batches.

    Sellers are those of them who sell newsletters too.
    """
    owners = Customer.objects.in_bulk(list(busyness))
    events = [
        event
        for customer_id, level in busyness.items()
        for event in _events_of(owners[customer_id], level, chance, day, at)
    ]
    for customer_id in sorted(sellers):
        amount = chance.randint(40, 400) * busyness[customer_id]
        name = f"{owners[customer_id].public_id}-{at:%Y%m%d}-sale"
        events.append(_event(owners[customer_id], name, at, "newsletter.sold", amount=str(amount)))
    _ingest(brand, events, at)


def send_late_usage(*, brand: Brand, customer_id: int, at: datetime) -> None:
    """Report mails of a month ago, which nobody has reported then."""
    customer = Customer.objects.get(pk=customer_id)
    name = f"{customer.public_id}-{at:%Y%m%d}-forgotten"
    _ingest(brand, [_event(customer, name, at - FORGOTTEN, "email.sent", count=20000)], at)


def _ingest(brand: Brand, events: Sequence[IncomingEvent], at: datetime) -> None:
    for start in range(0, len(events), MAX_EVENTS):
        ingest_events(
            brand_id=brand.pk, livemode=False, events=events[start : start + MAX_EVENTS], received_at=at
        )


def _events_of(
    customer: Customer, level: int, chance: random.Random, day: int, at: datetime
) -> list[IncomingEvent]:
    happened = at - timedelta(minutes=chance.randint(1, 600))
    if happened < customer.created_at:
        return []
    # Growth over the year, quieter weekends, and chance.
    weight = level * (1 + day / 365) * (0.4 if happened.weekday() > 4 else 1) * chance.uniform(0.7, 1.3)
    name = f"{customer.public_id}-{at:%Y%m%d}"
    events = [
        _event(
            customer,
            f"{name}-{endpoint}",
            happened,
            "api.call",
            calls=int(weight * chance.randint(900, 2600)),
            endpoint=endpoint,
        )
        for endpoint in ENDPOINTS
    ]
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
