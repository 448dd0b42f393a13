"""What a correction says: an event voided or amended, a window filled anew; and what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

import msgspec

from apps.plans.models import Meter
from apps.usage.enums import BackfillMode
from apps.usage.incoming import MAX_EVENTS, MAX_ID_LENGTH, MAX_NAME_LENGTH, EventAnswer

Instant = Annotated[datetime, msgspec.Meta(tz=True)]
# PostgreSQL stores no NUL character.
Reference = Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_ID_LENGTH, pattern=r"\A[^\x00]*\Z")]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_NAME_LENGTH, pattern=r"\A[^\x00]*\Z")]


class EventReference(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which event: `timestamp` belongs to it only where the brand tells events apart by id and timestamp."""

    id: str
    source: str = "api"
    timestamp: Instant | None = None


class BackfillEvent(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One event of a backfill; customer and name are the backfill's."""

    id: str
    timestamp: Instant
    properties: dict[str, Any] = {}
    source: str = "api"


class Backfill(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The events of one name and customer in [starts_at, ends_at); `meter` names an event by its meter.

    `dry_run` stores nothing, and shows what would change.
    """

    customer: Reference
    starts_at: Instant
    ends_at: Instant
    events: Annotated[list[BackfillEvent], msgspec.Meta(max_length=MAX_EVENTS)] = []
    event: Name | None = None
    meter: Reference | None = None
    mode: BackfillMode = BackfillMode.ADD
    dry_run: bool = True


@dataclass(frozen=True, slots=True)
class MeterDifference:
    """A meter's value over the window before and after; exact."""

    meter: Meter
    before: Decimal
    after: Decimal


@dataclass(frozen=True, slots=True)
class Backfilled:
    """What a backfill did, or would do: how many events it voided, and the answer for each that it brings."""

    dry_run: bool
    voided: int
    answers: Sequence[EventAnswer]
    meters: Sequence[MeterDifference]
