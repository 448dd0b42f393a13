"""Lists with cursors, as every list of Stripe's interface."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sandbox.call import Call
from sandbox.errors import ApiError, missing
from sandbox.messages import Json
from sandbox.store import Page
from sandbox.stripe_api.presentation import present


def read_page(call: Call) -> Page:
    """The page that the parameters ask for.

    Raises:
        ApiError: a limit outside 1 to 100, or a cursor that does not exist.
    """
    params = call.params
    limit = params.get("limit", 10)
    if not 1 <= limit <= 100:
        raise ApiError(
            "This value must be between 1 and 100.", code="parameter_invalid_integer", param="limit"
        )
    for cursor in ("starting_after", "ending_before"):
        if cursor in params and call.store.find(params[cursor]) is None:
            raise missing("object", params[cursor], param=cursor)
    created: Any = params.get("created", {})
    bounds = created if isinstance(created, dict) else {"gte": created, "lte": created}
    return Page(limit, params.get("starting_after"), params.get("ending_before"), tuple(bounds.items()))


def list_objects(
    call: Call,
    kind: str,
    *,
    customer: str | None = None,
    parent: str | None = None,
    labels: Sequence[str] = (),
    url: str | None = None,
) -> Json:
    """One page of a kind, newest first."""
    records, more = call.store.select(kind, read_page(call), customer=customer, parent=parent, labels=labels)
    data = [present(call.store, record.data, at=call.at) for record in records]
    return {"object": "list", "data": data, "has_more": more, "url": url or f"/v1/{kind}s"}
