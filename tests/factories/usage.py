"""Events sent through the real intake service, in an integrator's words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import count
from typing import Any

from apps.customers.models import Customer
from apps.usage.incoming import EventAnswer, IncomingEvent
from apps.usage.services.ingest import ingest_events

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)

_number = count(1)


def make_event(customer: Customer | str, name: str = "call", **overrides: Any) -> IncomingEvent:
    """An event at NOW with an id of its own; properties are given as `properties={…}`."""
    reference = customer if isinstance(customer, str) else customer.public_id
    values = {"id": f"event-{next(_number)}", "timestamp": NOW}
    return IncomingEvent(customer=reference, event=name, **values | overrides)


def send(customer: Customer, *events: IncomingEvent, received_at: datetime = NOW) -> list[EventAnswer]:
    """Hand events to intake in the name of the customer's brand."""
    return ingest_events(
        brand_id=customer.brand_id, livemode=customer.livemode, events=events, received_at=received_at
    )


def statuses(answers: Sequence[EventAnswer]) -> list[str]:
    return [str(answer.status) for answer in answers]
