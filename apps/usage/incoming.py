"""An event as it is reported, and the answer that each one gets."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

import msgspec

from apps.core.errors import FieldError
from apps.usage.enums import IntakeOutcome

MAX_EVENTS = 1000
MAX_ID_LENGTH = 255
MAX_NAME_LENGTH = 120
MAX_SOURCE_LENGTH = 255


class IncomingEvent(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """One event of a request. An unknown field is refused: a misspelt timestamp would silently become the
    present.

    `customer` is our public id or the integrator's external id. `timestamp` is aware; None means the
    customer's present. `id` is unique per `source`.
    """

    id: str
    customer: str
    event: str
    timestamp: Annotated[datetime, msgspec.Meta(tz=True)] | None = None
    properties: dict[str, Any] = {}
    source: str = "api"


class EventAnswer(msgspec.Struct, frozen=True, omit_defaults=True):
    """What became of the event at `index` of the request; `id` is None where not even that could be read."""

    index: int
    id: str | None
    status: IntakeOutcome
    errors: Sequence[FieldError] | None = None


# One for all events: a thousand new lists a request would keep the garbage collector busy.
NO_ERRORS: Sequence[FieldError] = ()


def shape_errors(event: IncomingEvent) -> Sequence[FieldError]:
    """What is wrong with the texts of an event, field by field; PostgreSQL stores no NUL character."""
    if (
        0 < len(event.id) <= MAX_ID_LENGTH
        and 0 < len(event.customer) <= MAX_ID_LENGTH
        and 0 < len(event.event) <= MAX_NAME_LENGTH
        and 0 < len(event.source) <= MAX_SOURCE_LENGTH
        and "\0" not in f"{event.id}{event.customer}{event.event}{event.source}"
    ):
        return NO_ERRORS
    limits = {
        "id": (event.id, MAX_ID_LENGTH),
        "customer": (event.customer, MAX_ID_LENGTH),
        "event": (event.event, MAX_NAME_LENGTH),
        "source": (event.source, MAX_SOURCE_LENGTH),
    }
    return [
        FieldError(field, "invalid", f"{field} has 1 to {longest} characters, none of them NUL.")
        for field, (text, longest) in limits.items()
        if not 0 < len(text) <= longest or "\0" in text
    ]
