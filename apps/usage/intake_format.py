"""The body of an intake request: one event, a list of events, or {"events": [...]}, as msgspec reads it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeVar

import msgspec

from apps.core.errors import FieldError, InvalidInput
from apps.usage.enums import IntakeOutcome
from apps.usage.incoming import MAX_EVENTS, EventAnswer, IncomingEvent

# Where msgspec says what it refused: "Expected `str`, got `int` - at `$.properties[...]`".
_PLACE = re.compile(r"(?P<what>.*) - at `\$\.(?P<field>[^`]*)`")
_NAMED_FIELD = re.compile(r"`(?P<field>[^`]+)`$")
# UnicodeDecodeError and RecursionError come from texts and depths that the grammar of JSON allows.
_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


Correction = TypeVar("Correction", bound=msgspec.Struct)


class _Envelope(msgspec.Struct):
    events: list[IncomingEvent] | msgspec.UnsetType = msgspec.UNSET


class _RawEnvelope(msgspec.Struct):
    events: list[msgspec.Raw] | msgspec.UnsetType = msgspec.UNSET


class _Id(msgspec.Struct):
    id: str | None = None


# Numbers with a point become Decimal: a float would change what was reported.
_one = msgspec.json.Decoder(IncomingEvent, float_hook=Decimal)
_list = msgspec.json.Decoder(list[IncomingEvent], float_hook=Decimal)
_envelope = msgspec.json.Decoder(_Envelope, float_hook=Decimal)
_raw_list = msgspec.json.Decoder(list[msgspec.Raw])
_raw_envelope = msgspec.json.Decoder(_RawEnvelope)
_id = msgspec.json.Decoder(_Id)


@dataclass(frozen=True, slots=True)
class IntakeRequest:
    """The events that could be read, their places in the request, and the answers of the others."""

    events: Sequence[IncomingEvent]
    places: Sequence[int]
    refused: Sequence[EventAnswer]
    is_single: bool


def read_body(body: bytes) -> IntakeRequest:
    """Read a request; an event of the wrong shape is refused by itself.

    Raises:
        InvalidInput: the body is not JSON, or holds no events, or more than 1,000 (422).
    """
    is_list = body.lstrip()[:1] == b"["
    try:
        events = _list.decode(body) if is_list else _envelope.decode(body).events
    except _UNREADABLE:
        # Some event is wrong, or all of it is: look at each by itself.
        return _read_one_by_one(body, is_list=is_list)
    if isinstance(events, msgspec.UnsetType):
        return _read_events([msgspec.Raw(body)], is_single=True)
    _check_count(len(events))
    return IntakeRequest(events, range(len(events)), (), is_single=False)


def read_correction(body: bytes, kind: type[Correction]) -> Correction:
    """Read the body of a correction, numbers exactly as sent.

    Raises:
        InvalidInput: it is not JSON, or not of this shape (422).
    """
    try:
        return msgspec.json.Decoder(kind, float_hook=Decimal).decode(body)
    except _UNREADABLE as error:
        raise InvalidInput("The body cannot be read.", errors=[_fault(error)]) from error


def _read_one_by_one(body: bytes, *, is_list: bool) -> IntakeRequest:
    try:
        raws = _raw_list.decode(body) if is_list else _raw_envelope.decode(body).events
    except _UNREADABLE as error:
        raise InvalidInput(
            f'The body is not an event, a list of events or {{"events": […]}}: {error}'
        ) from error
    if isinstance(raws, msgspec.UnsetType):
        return _read_events([msgspec.Raw(body)], is_single=True)
    _check_count(len(raws))
    return _read_events(raws, is_single=False)


def _read_events(raws: Sequence[msgspec.Raw], *, is_single: bool) -> IntakeRequest:
    events, places, refused = [], [], []
    for index, raw in enumerate(raws):
        try:
            events.append(_one.decode(raw))
            places.append(index)
        except _UNREADABLE as error:
            answer = EventAnswer(index, _id_of(raw), IntakeOutcome.INVALID, [_fault(error)])
            refused.append(answer)
    return IntakeRequest(events, places, refused, is_single)


def _check_count(count: int) -> None:
    if not 1 <= count <= MAX_EVENTS:
        raise InvalidInput(f"Send 1 to {MAX_EVENTS} events in one request, not {count}.", field="events")


def _id_of(raw: msgspec.Raw) -> str | None:
    try:
        return _id.decode(raw).id
    except _UNREADABLE:
        return None


def _fault(error: Exception) -> FieldError:
    """msgspec's sentence as one of ours: which field, and what is wrong with it."""
    if isinstance(error, RecursionError):
        return FieldError("properties", "invalid", "properties are nested too deeply.")
    text = str(error)
    if place := _PLACE.fullmatch(text):
        return FieldError(place["field"].partition("[")[0], "invalid", f"{place['what']}.")
    named = _NAMED_FIELD.search(text)
    return FieldError(named["field"] if named else None, "invalid", f"{text}.")
