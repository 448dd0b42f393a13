"""Event intake as OpenAPI describes it: drf-spectacular cannot read a plain Django view."""

from __future__ import annotations

from typing import Any

from apps.core.api.schema import problem_answers
from apps.usage.enums import BackfillMode, IntakeOutcome
from apps.usage.incoming import MAX_EVENTS, MAX_ID_LENGTH, MAX_NAME_LENGTH, MAX_SOURCE_LENGTH

PATH = "/api/v1/events"
EVENT_REF = {"$ref": "#/components/schemas/IncomingEvent"}
COUNT = {"type": "integer", "minimum": 0}


def _text(longest: int, description: str) -> dict[str, Any]:
    return {"type": "string", "minLength": 1, "maxLength": longest, "description": description}


INCOMING_EVENT: dict[str, Any] = {
    "type": "object",
    "description": "One event. An unknown field is refused.",
    "additionalProperties": False,
    "required": ["id", "customer", "event"],
    "properties": {
        "id": _text(MAX_ID_LENGTH, "Yours, unique per source: the same event again counts once, for ever."),
        "customer": _text(MAX_ID_LENGTH, "Id or external id of the customer."),
        "event": _text(MAX_NAME_LENGTH, "The name that meters look for."),
        "timestamp": {
            "type": ["string", "null"],
            "format": "date-time",
            "description": "With an offset; the customer's present without.",
        },
        "properties": {"type": "object", "additionalProperties": True},
        "source": {**_text(MAX_SOURCE_LENGTH, "Keeps the ids of several senders apart."), "default": "api"},
    },
}
INSTANT = {"type": "string", "format": "date-time"}
EVENT_REFERENCE: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["id"],
    "properties": {
        "id": INCOMING_EVENT["properties"]["id"],
        "source": INCOMING_EVENT["properties"]["source"],
        "timestamp": {
            "type": ["string", "null"],
            "format": "date-time",
            "description": "As it was sent, where the brand tells events apart by id and timestamp.",
        },
    },
}
BACKFILL_EVENT: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["id", "timestamp"],
    "properties": {
        "id": INCOMING_EVENT["properties"]["id"],
        "timestamp": INSTANT,
        "properties": INCOMING_EVENT["properties"]["properties"],
        "source": INCOMING_EVENT["properties"]["source"],
    },
}
BACKFILL: dict[str, Any] = {
    "type": "object",
    "description": "Events of one name and customer in [starts_at, ends_at). Name an event or a meter.",
    "additionalProperties": False,
    "required": ["customer", "starts_at", "ends_at"],
    "properties": {
        "customer": INCOMING_EVENT["properties"]["customer"],
        "event": {**_text(MAX_NAME_LENGTH, "The name of the events."), "type": ["string", "null"]},
        "meter": {"type": ["string", "null"], "description": "Code or id of a meter: its events are meant."},
        "starts_at": INSTANT,
        "ends_at": INSTANT,
        "events": {"type": "array", "maxItems": MAX_EVENTS, "items": BACKFILL_EVENT},
        "mode": {"type": "string", "enum": list(BackfillMode), "default": str(BackfillMode.ADD)},
        "dry_run": {"type": "boolean", "default": True, "description": "Show what would change."},
    },
}
EVENTS: dict[str, Any] = {"type": "array", "minItems": 1, "maxItems": MAX_EVENTS, "items": EVENT_REF}
INTAKE: dict[str, Any] = {
    "oneOf": [EVENT_REF, EVENTS, {"type": "object", "required": ["events"], "properties": {"events": EVENTS}}]
}
EVENT_ANSWER: dict[str, Any] = {
    "type": "object",
    "description": "What became of the event at `index` of the request.",
    "required": ["index", "id", "status"],
    "properties": {
        "index": COUNT,
        "id": {"type": ["string", "null"]},
        "status": {"type": "string", "enum": list(IntakeOutcome)},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "code", "message"],
                "properties": {
                    "field": {"type": ["string", "null"]},
                    "code": {"type": "string"},
                    "message": {"type": "string"},
                },
            },
        },
    },
}
INTAKE_ANSWER: dict[str, Any] = {
    "type": "object",
    "required": ["object", "accepted", "duplicates", "amended", "conflicts", "invalid", "results"],
    "properties": {
        "object": {"type": "string", "const": "event_intake"},
        "accepted": COUNT,
        "duplicates": COUNT,
        "amended": COUNT,
        "conflicts": COUNT,
        "invalid": COUNT,
        "results": {"type": "array", "items": {"$ref": "#/components/schemas/EventAnswer"}},
    },
}
DESCRIPTION = """Report up to 1,000 usage events in one request of at most 5 MB.

A well-formed request answers 200 with one result per event, after the commit; a request of one bare event
answers 409 or 422 for it instead. Its id makes an event safe to send again: no Idempotency-Key is needed.

Scope: `events:write`"""
OPERATION: dict[str, Any] = {
    "operationId": "send_events",
    "summary": "Send events",
    "description": DESCRIPTION,
    "tags": ["events"],
    "security": [{"apiKey": []}],
    "requestBody": {"required": True, "content": {"application/json": {"schema": INTAKE}}},
    "responses": {
        "200": {
            "description": "",
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/EventIntake"}}},
        },
        **problem_answers(
            {
                "401": "No valid key.",
                "403": "The key lacks the scope.",
                "409": "The one event has an id that came with other content.",
                "413": "More than 5 MB.",
                "422": "The body cannot be read, or its one event is invalid.",
            }
        ),
    },
}


def describe_intake(result: dict[str, Any], generator: Any, **kwargs: Any) -> dict[str, Any]:
    """A postprocessing hook of drf-spectacular."""
    schemas = result.setdefault("components", {}).setdefault("schemas", {})
    schemas |= {"IncomingEvent": INCOMING_EVENT, "EventAnswer": EVENT_ANSWER, "EventIntake": INTAKE_ANSWER}
    result["paths"] = dict(sorted({**result["paths"], PATH: {"post": OPERATION}}.items()))
    return result
