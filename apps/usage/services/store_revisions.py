from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction

from apps.usage.copying import copy_lines
from apps.usage.errors import EventNotFound
from apps.usage.event_row import EVENT_COLUMNS, EventRow, escaped, event_line
from apps.usage.identity import rfc3339

_REVISION_COLUMNS = (
    "claim_id, revision, content_hash, voided, customer_id, name, timestamp,"
    " superseded_customer_id, superseded_name, superseded_timestamp, received_at, transaction_id"
)
# In the order of the claims, as intake takes them; whoever changes one of these events waits here.
_LOCK = """
SELECT replace(id::text, '-', ''), encode(content_hash, 'hex'), "timestamp"
FROM usage_event_claim WHERE id = ANY(%s::uuid[]) ORDER BY id FOR UPDATE
"""
# A statement after the lock: it sees what the one who was waited for has committed.
_NEWEST = """
SELECT DISTINCT ON (claim_id) replace(claim_id::text, '-', ''), revision, encode(content_hash, 'hex'),
    transaction_id, customer_id, name, "timestamp"
FROM usage_event_revision WHERE claim_id = ANY(%s::uuid[]) ORDER BY claim_id, revision DESC
"""
_NEWEST_TIMESTAMP = """
SELECT "timestamp" FROM (
    SELECT revision, "timestamp" FROM usage_event_revision WHERE claim_id = %s AND NOT voided
    UNION ALL SELECT 0, "timestamp" FROM usage_event_claim WHERE id = %s
) AS version ORDER BY revision DESC LIMIT 1
"""
_OWN_TRANSACTION = "SELECT pg_current_xact_id()::text::bigint"
# By the index, where the change says whose event it is; most amendments keep customer and name.
_PLACES = """
SELECT replace(event.claim_id::text, '-', ''), event.customer_id, event.name, event."timestamp"
FROM unnest(%s::uuid[], %s::bigint[], %s::text[], %s::timestamptz[]) AS asked(claim, customer, name, instant)
JOIN usage_event AS event ON event.customer_id = asked.customer AND event.name = asked.name
    AND event."timestamp" = asked.instant AND event.claim_id = asked.claim AND event.revision = 0
"""
_PLACE = """
SELECT replace(claim_id::text, '-', ''), customer_id, name, "timestamp"
FROM usage_event WHERE "timestamp" = %s AND claim_id = %s AND revision = 0
"""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a version of an event counts."""

    customer_id: int
    name: str
    timestamp: datetime


@dataclass(frozen=True, slots=True)
class Change:
    """What a known event is to say from now on; without a row it is voided.

    `customer_id` and `name` are where the event probably is: they make finding it cheap, no more.
    `revives`: the content of a voided event counts again; otherwise it is only acknowledged.
    """

    claim: str
    row: EventRow | None = None
    customer_id: int | None = None
    name: str | None = None
    revives: bool = False


@dataclass(frozen=True, slots=True)
class Version:
    """One version of an event; `place` is None for a void, and where the month of the event was dropped."""

    revision: int
    content_hash: str
    transaction_id: int
    place: Place | None


@dataclass(frozen=True, slots=True)
class Revised:
    """A change that was stored: its version, and where the event counted before (None: nowhere)."""

    version: Version
    before: Place | None


def lock_claims(claims: Sequence[str]) -> dict[str, tuple[str, datetime]]:
    """First content hash and timestamp of each known claim; nobody else changes their events until commit."""
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [sorted(set(claims))])
        return {claim: (hashed, timestamp) for claim, hashed, timestamp in cursor.fetchall()}


def newest_timestamp(claim: str) -> datetime:
    """When a known event happened, as its newest version that is no void says."""
    with connection.cursor() as cursor:
        cursor.execute(_NEWEST_TIMESTAMP, [claim, claim])
        found: datetime = cursor.fetchone()[0]
        return found


@transaction.atomic
def store_revisions(*, changes: Sequence[Change], received_at: str) -> list[Revised | None]:
    """Store changes of known events, the last of an event winning; None for each that changes nothing.

    A content that the newest version has already changes nothing, and neither does voiding what is void.
    `received_at` is RFC 3339. The months of the rows exist. Nothing is edited: a change is a row that
    readers prefer.

    Raises:
        EventNotFound: nobody sent such an event (404); nothing was stored.
    """
    claims = lock_claims([change.claim for change in changes])
    if any(change.claim not in claims for change in changes):
        raise EventNotFound("There is no event with this source and id.", field="id")
    newest = _newest(claims)
    newest |= _first_versions(claims, [change for change in changes if change.claim not in newest])
    with connection.cursor() as cursor:
        cursor.execute(_OWN_TRANSACTION)
        transaction_id = cursor.fetchone()[0]
    revised: list[Revised | None] = []
    for change in changes:
        before = newest[change.claim]
        version = _next_version(before, change, transaction_id)
        revised.append(None if version is None else Revised(version, before.place))
        newest[change.claim] = version or before
    _write(changes, revised, received_at)
    return revised


def _newest(claims: dict[str, tuple[str, datetime]]) -> dict[str, Version]:
    """The newest version of each event that was changed before."""
    with connection.cursor() as cursor:
        cursor.execute(_NEWEST, [list(claims)])
        return {
            claim: Version(
                revision,
                hashed,
                transaction_id,
                None if timestamp is None else Place(customer_id, name, timestamp),
            )
            for claim, revision, hashed, transaction_id, customer_id, name, timestamp in cursor.fetchall()
        }


def _first_versions(claims: dict[str, tuple[str, datetime]], changes: Sequence[Change]) -> dict[str, Version]:
    """The version of each event that was never changed, found in the events themselves."""
    likely = {
        (change.claim, change.customer_id, change.name)
        for change in changes
        if change.customer_id is not None and change.name is not None
    }
    asked = [(*one, claims[one[0]][1]) for one in sorted(likely)]
    with connection.cursor() as cursor:
        rows = []
        if asked:
            cursor.execute(_PLACES, [list(column) for column in zip(*asked, strict=True)])
            rows = cursor.fetchall()
        found = {claim for claim, *_ in rows}
        for claim in sorted({change.claim for change in changes} - found):
            cursor.execute(_PLACE, [claims[claim][1], claim])
            rows += cursor.fetchall()
    places = {claim: Place(*place) for claim, *place in rows}
    return {
        change.claim: Version(0, claims[change.claim][0], 0, places.get(change.claim)) for change in changes
    }


def _next_version(before: Version, change: Change, transaction_id: int) -> Version | None:
    revision = before.revision + 1
    # Transactions do not end in the order of their numbers. Never falling, the numbers of a claim let a
    # reader below a watermark see either a change and all before it, or none of them.
    number = max(transaction_id, before.transaction_id)
    if change.row is None:
        # The hash stays: whoever sends the voided content again is acknowledged, and it stays void.
        return None if _is_void(before) else Version(revision, before.content_hash, number, None)
    row = change.row
    if row.content_hash == before.content_hash and not (change.revives and _is_void(before)):
        return None
    place = Place(row.customer_id, row.name, datetime.fromisoformat(row.timestamp))
    return Version(revision, row.content_hash, number, place)


def _is_void(version: Version) -> bool:
    """A first version without a place lost its month; it was never voided."""
    return version.place is None and version.revision > 0


def _write(changes: Sequence[Change], revised: Sequence[Revised | None], received_at: str) -> None:
    stored = [(c, r) for c, r in zip(changes, revised, strict=True) if r is not None]
    if not stored:
        return
    copy_lines(
        "usage_event_revision",
        _REVISION_COLUMNS,
        (_revision_line(change.claim, one, received_at) for change, one in stored),
    )
    copy_lines(
        "usage_event",
        f"{EVENT_COLUMNS}, revision, transaction_id",
        (
            event_line(change.row, f"\t{one.version.revision}\t{one.version.transaction_id}")
            for change, one in stored
            if change.row is not None
        ),
    )


def _revision_line(claim: str, revised: Revised, received_at: str) -> str:
    version = revised.version
    return "\t".join(
        [
            claim,
            str(version.revision),
            f"\\\\x{version.content_hash}",
            "t" if version.place is None else "f",
            *_place_texts(version.place),
            *_place_texts(revised.before),
            received_at,
            f"{version.transaction_id}\n",
        ]
    )


def _place_texts(place: Place | None) -> tuple[str, str, str]:
    if place is None:
        return ("\\N", "\\N", "\\N")
    return (str(place.customer_id), escaped(place.name), rfc3339(place.timestamp))
