from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import msgspec
from django.db import connection, transaction
from psycopg.errors import UniqueViolation

_CLAIM_COLUMNS = "id, content_hash, timestamp"
_EVENT_COLUMNS = (
    "claim_id, timestamp, brand_id, livemode, customer_id, source, event_id, name, properties, received_at"
)
_TAKE_CLAIMS = f"""
INSERT INTO usage_event_claim ({_CLAIM_COLUMNS})
SELECT id::uuid, decode(hash, 'hex'), instant::timestamptz
FROM unnest(string_to_array(%s, ','), string_to_array(%s, ','), string_to_array(%s, ','))
    AS offered(id, hash, instant)
ON CONFLICT (id) DO NOTHING RETURNING replace(id::text, '-', '')
"""  # noqa: S608 - the columns are the constant above
_TAKEN = """
SELECT replace(id::text, '-', ''), encode(content_hash, 'hex')
FROM usage_event_claim WHERE id = ANY(%s::uuid[])
"""
_ESCAPED = re.compile(r"[\\\n\r]")
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


class EventRow(msgspec.Struct, frozen=True, gc=False):
    """One event, ready to be stored: hashes as 32 hex digits, instants as RFC 3339 in UTC, canonical JSON."""

    claim: str
    content_hash: str
    timestamp: str
    brand_id: int
    livemode: bool
    customer_id: int
    source: str
    event_id: str
    name: str
    properties: bytes
    received_at: str


def store_events(*, rows: Sequence[EventRow]) -> dict[str, str]:
    """Store each row whose claim is free, with its claim, in one transaction; the claims of `rows` differ.

    Returns the content hash of each claim that was taken already; all other rows are stored. The order of the
    claims is the same for every caller: unordered, concurrent repeats of the same events end in deadlocks.
    """
    ordered = sorted(rows, key=lambda row: row.claim)
    if not ordered:
        return {}
    try:
        with transaction.atomic():
            _copy("usage_event_claim", _CLAIM_COLUMNS, map(_claim_line, ordered))
            _copy("usage_event", _EVENT_COLUMNS, map(_event_line, ordered))
    except UniqueViolation:
        return _store_unclaimed(ordered)
    return {}


@transaction.atomic
def _store_unclaimed(ordered: Sequence[EventRow]) -> dict[str, str]:
    """The way for batches that hold known events: take what is free, and read what the others were taken
    with.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            _TAKE_CLAIMS,
            [
                ",".join(row.claim for row in ordered),
                ",".join(row.content_hash for row in ordered),
                ",".join(row.timestamp for row in ordered),
            ],
        )
        free = {claim for (claim,) in cursor.fetchall()}
        fresh = [row for row in ordered if row.claim in free]
        if fresh:
            _copy("usage_event", _EVENT_COLUMNS, map(_event_line, fresh))
        # A statement of its own sees what a concurrent request committed while the insert waited for it.
        cursor.execute(_TAKEN, [[row.claim for row in ordered if row.claim not in free]])
        return dict(cursor.fetchall())


def _copy(table: str, columns: str, lines: Iterable[str]) -> None:
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
        copy.write("".join(lines))


def _claim_line(row: EventRow) -> str:
    return f"{row.claim}\t\\\\x{row.content_hash}\t{row.timestamp}\n"


def _event_line(row: EventRow) -> str:
    texts = f"{row.source}\t{row.event_id}\t{row.name}"
    # Escaping is dear and hardly ever needed: only for a third tab, a line break or a backslash.
    if texts.count("\t") > 2 or _ESCAPED.search(texts):
        texts = "\t".join(text.translate(_ESCAPES) for text in (row.source, row.event_id, row.name))
    # JSON text holds no raw control character; its backslashes are the only thing to escape.
    properties = row.properties.decode().replace("\\", "\\\\")
    return (
        f"{row.claim}\t{row.timestamp}\t{row.brand_id}\t{'t' if row.livemode else 'f'}"
        f"\t{row.customer_id}\t{texts}\t{properties}\t{row.received_at}\n"
    )
