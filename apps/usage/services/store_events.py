from __future__ import annotations

from collections.abc import Sequence

from django.db import connection, transaction
from psycopg.errors import UniqueViolation

from apps.accounts.enums import EventIdentity
from apps.usage.copying import copy_lines
from apps.usage.event_row import CLAIM_COLUMNS, EVENT_COLUMNS, EventRow, claim_line, event_line

_TAKE_CLAIMS = f"""
INSERT INTO usage_event_claim ({CLAIM_COLUMNS})
SELECT id::uuid, decode(hash, 'hex'), instant::timestamptz
FROM unnest(string_to_array(%s, ','), string_to_array(%s, ','), string_to_array(%s, ','))
    AS offered(id, hash, instant)
ON CONFLICT (id) DO NOTHING RETURNING replace(id::text, '-', '')
"""  # noqa: S608 - the columns are a constant
_TAKEN = """
SELECT replace(id::text, '-', ''), encode(content_hash, 'hex'), 0
FROM usage_event_claim WHERE id = ANY(%s::uuid[])
UNION ALL
SELECT replace(claim_id::text, '-', ''), encode(content_hash, 'hex'), revision
FROM usage_event_revision WHERE claim_id = ANY(%s::uuid[])
ORDER BY 3
"""
# Shared: the first events of a brand wait for whoever changes its identity, not for each other.
_CHOSEN = "SELECT event_identity FROM accounts_brand WHERE id = %s FOR SHARE"
_FIX = "INSERT INTO usage_event_identity (brand_id, identity) VALUES (%s, %s) ON CONFLICT DO NOTHING"


class IdentityChanged(Exception):
    """The brand's identity of events changed after it was read: make the rows again."""


def store_events(*, rows: Sequence[EventRow], fix: EventIdentity | None = None) -> dict[str, list[str]]:
    """Store each row whose claim is free, with its claim, in one transaction; the claims of `rows` differ.

    Returns the content hashes of each claim that was taken already, from its first version to its newest; all
    other rows are stored. `fix` is the identity that the claims of a brand's first events were made with; it
    is kept with them. The order of the claims is the same for every caller: unordered, concurrent repeats of
    the same events end in deadlocks.

    Raises:
        IdentityChanged: the brand has another identity than `fix` by now; nothing was stored.
    """
    ordered = sorted(rows, key=lambda row: row.claim)
    if not ordered:
        return {}
    try:
        with transaction.atomic():
            _fix_identity(ordered[0].brand_id, fix)
            copy_lines("usage_event_claim", CLAIM_COLUMNS, map(claim_line, ordered))
            copy_lines("usage_event", EVENT_COLUMNS, map(event_line, ordered))
    except UniqueViolation:
        return _store_unclaimed(ordered, fix)
    return {}


@transaction.atomic
def _store_unclaimed(ordered: Sequence[EventRow], fix: EventIdentity | None) -> dict[str, list[str]]:
    """The way for batches that hold known events: take what is free, and read what the others were taken
    with.
    """
    _fix_identity(ordered[0].brand_id, fix)
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
            copy_lines("usage_event", EVENT_COLUMNS, map(event_line, fresh))
        # A statement of its own sees what a concurrent request committed while the insert waited for it.
        cursor.execute(_TAKEN, [[row.claim for row in ordered if row.claim not in free]] * 2)
        taken: dict[str, list[str]] = {}
        for claim, hashed, _ in cursor.fetchall():
            taken.setdefault(claim, []).append(hashed)
        return taken


def _fix_identity(brand_id: int, fix: EventIdentity | None) -> None:
    if fix is None:
        return
    with connection.cursor() as cursor:
        cursor.execute(_CHOSEN, [brand_id])
        if cursor.fetchone()[0] != fix:
            raise IdentityChanged
        cursor.execute(_FIX, [brand_id, str(fix)])
