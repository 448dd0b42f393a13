"""Which event this is, and whether its content is the same: pure functions, so they stay true for ever.

Changing anything here makes a repeated event count twice; tests pin the values.
"""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal
from hashlib import blake2b
from typing import Any

import msgspec

from apps.core.errors import FieldError

UUID7 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", re.IGNORECASE)
UUID7_LENGTH = 36
# PostgreSQL's numeric reaches 131,072 digits; no quantity needs a thousandth of it.
MAX_EXPONENT = 300

_encoder = msgspec.json.Encoder(order="sorted", decimal_format="number")


class EventRefused(Exception):
    """An event that cannot be stored; `fault` says why."""

    def __init__(self, field: str, code: str, message: str) -> None:
        super().__init__(message)
        self.fault = FieldError(field, code, message)


def claim_id(*, brand_id: int, livemode: bool, source: str, event_id: str, sent: str | None = None) -> str:
    """The 32 hex digits under which (brand, mode, source, id) is claimed, or (…, id, timestamp) with `sent`.

    `sent` is the timestamp as `rfc3339`, and empty where none was sent; None where an id alone is the event.

    An id that is a UUIDv7 gives its 48 bits of time to the claim, so that new claims stay together in the
    index; the remaining bits are a hash of all four parts. The length of the source keeps the parts apart.
    """
    text = f"{brand_id}:{livemode:d}:{len(source)}:{source}:{event_id}"
    if sent is not None:
        # No id holds a NUL, so this is nobody's claim by id alone.
        text = f"{text}\0{sent}"
    digest = blake2b(text.encode(), digest_size=16).hexdigest()
    if len(event_id) == UUID7_LENGTH and event_id[14] == "7" and UUID7.fullmatch(event_id):
        return event_id[:8].lower() + event_id[9:13].lower() + digest[:20]
    return digest


def content_hash(*, customer_id: int, name: str, sent: str, properties: bytes) -> str:
    """32 hex digits over what an event says; `properties` is canonical, `sent` the instant as `rfc3339`.

    `sent` is empty where no timestamp was sent: such an event must be the same event when it is sent
    again a minute later.
    """
    # Neither a name nor an instant holds a NUL, so the parts cannot run into each other.
    head = f"{customer_id}\0{name}\0{sent}\0".encode()
    return blake2b(head + properties, digest_size=16).hexdigest()


def rfc3339(instant: datetime) -> str:
    """An instant in UTC with a Z; several times as fast as isoformat, which intake would feel."""
    return _encoder.encode(instant)[1:-1].decode()


def canonical_json(properties: dict[str, Any]) -> bytes:
    """The properties with sorted keys and without blanks; numbers keep the digits that were sent.

    Raises:
        EventRefused: a number is out of range, or a text cannot be stored.
    """
    try:
        text = _encoder.encode(properties)
    except (TypeError, ValueError, RecursionError) as error:
        raise EventRefused("properties", "invalid", "properties hold a value that is not JSON.") from error
    # A cheap look first: an exponent is written E+ or E-, and both hits may be plain text.
    if b"\\u0000" in text or b"E+" in text or b"E-" in text:
        _refuse_unstorable(properties)
    return text


def _refuse_unstorable(value: Any) -> None:
    match value:
        case dict():
            for key, inner in value.items():
                _refuse_unstorable(key)
                _refuse_unstorable(inner)
        case list():
            for inner in value:
                _refuse_unstorable(inner)
        case str() if "\0" in value:
            raise EventRefused("properties", "invalid", "properties hold a NUL character.")
        case Decimal() if not value.is_finite() or (value and abs(value.adjusted()) > MAX_EXPONENT):
            raise EventRefused("properties", "invalid", f"properties hold a number beyond 1e{MAX_EXPONENT}.")
