"""Events."""

from __future__ import annotations

from sandbox.call import Call, Route
from sandbox.messages import Json
from sandbox.stripe_api.listing import list_objects
from sandbox.stripe_api.presentation import present


def retrieve_event(call: Call, event_id: str) -> Json:
    return present(call.store, call.load("event", event_id).data, at=call.at)


def list_events(call: Call) -> Json:
    params = call.params
    labels = params.get("types") or ([params["type"]] if "type" in params else [])
    return list_objects(call, "event", labels=labels)


ROUTES = (
    Route("GET", "/v1/events", list_events),
    Route("GET", "/v1/events/{event}", retrieve_event),
)
