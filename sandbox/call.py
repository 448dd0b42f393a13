"""One request of the Stripe interface on its way through an operation."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sandbox import ids, webhooks
from sandbox.errors import missing
from sandbox.messages import Json
from sandbox.store import Record, Store
from sandbox.webhooks import DeliveryPlan


@dataclass(slots=True)
class Call:
    """`at` is in epoch seconds; `params` are checked and converted; `base_url` is how the caller came in."""

    store: Store
    at: int
    params: Json = field(default_factory=dict)
    request_id: str = ""
    idempotency_key: str | None = None
    base_url: str = ""
    plan: DeliveryPlan = field(default_factory=DeliveryPlan)

    def load(self, kind: str, object_id: str, *, param: str | None = None) -> Record:
        """The object, or a resource_missing; `param` names the parameter that mentioned it.

        Raises:
            ApiError: there is none of this kind and id.
        """
        record = self.store.find(object_id, kind)
        if record is None:
            raise missing(kind, object_id, param=param)
        return record

    def emit(self, kind: str, subject: Json, *, previous: Json | None = None) -> None:
        """Record an event about an object as it stands now."""
        event = webhooks.new_event(
            kind, subject, at=self.at, request_id=self.request_id or None, key=self.idempotency_key
        )
        if previous is not None:
            event["data"]["previous_attributes"] = previous
        webhooks.record_event(self.store, event, self.plan)

    def new(self, kind: str) -> Json:
        """The fields that every object begins with."""
        return {"id": ids.new_id(kind), "object": kind, "created": self.at, "livemode": False}


@dataclass(frozen=True, slots=True)
class Route:
    """Method, path and the function behind it; placeholders become positional arguments."""

    method: str
    template: str
    operation: Callable[..., Json]

    def pattern(self) -> re.Pattern[str]:
        return re.compile("([^/]+)".join(re.escape(part) for part in re.split(r"\{\w+\}", self.template)))


def merge_metadata(old: Json, wish: Any) -> Json:
    """Metadata after a request: an empty value unsets its key, an empty whole unsets everything."""
    if wish is None:
        return old
    if wish == "":
        return {}
    return {key: value for key, value in {**old, **wish}.items() if value != ""}
