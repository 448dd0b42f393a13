"""What a caller sees of a stored object: computed fields, and expansions of ids to objects."""

from __future__ import annotations

from typing import Any

from sandbox.errors import ApiError, missing
from sandbox.messages import Json
from sandbox.store import Page, Record, Store
from sandbox.webhooks import pending_count

_EXPANDABLE = {
    "payment_intent": {"customer", "payment_method", "latest_charge"},
    "setup_intent": {"customer", "payment_method", "latest_attempt"},
    "charge": {"customer", "payment_intent", "balance_transaction", "failure_balance_transaction", "refunds"},
    "refund": {"charge", "payment_intent", "balance_transaction"},
    "balance_transaction": {"source"},
    "dispute": {"charge", "payment_intent"},
    "payout": {"balance_transaction", "failure_balance_transaction"},
    "payment_method": {"customer"},
    "customer": {"default_source", "sources", "subscriptions", "tax_ids", "invoice_settings"},
    "invoice_settings": {"default_payment_method"},
    "tax.calculation": {"line_items"},
    "tax.calculation_line_item": {"tax_breakdown"},
}
_DEEPEST = 4


def present(store: Store, data: Json, *, at: int) -> Json:
    """Fields that change with time or with deliveries."""
    if data["object"] == "balance_transaction":
        return {**data, "status": "available" if data["available_on"] <= at else "pending"}
    if data["object"] == "event":
        return {**data, "pending_webhooks": pending_count(store, data["id"])}
    return data


def expand(store: Store, data: Json, paths: list[str], *, at: int) -> Json:
    """Replace the ids that `paths` name by their objects; `data.` first means each item of a list.

    Raises:
        ApiError: a path that the object does not have.
    """
    for path in paths:
        steps = path.split(".")
        if len(steps) > _DEEPEST:
            raise ApiError("You cannot expand more than 4 levels of a property", param="expand")
        if data.get("object") == "list":
            if steps[0] != "data" or len(steps) == 1:
                raise _cannot_expand(path)
            data = {**data, "data": [_expand_one(store, item, steps[1:], path, at) for item in data["data"]]}
        else:
            data = _expand_one(store, data, steps, path, at)
    return data


def _expand_one(store: Store, data: Json, steps: list[str], path: str, at: int) -> Json:
    name = steps[0]
    kind = data.get("object", "invoice_settings")
    if name not in _EXPANDABLE.get(kind, ()):
        raise _cannot_expand(path)
    value: Any = data.get(name)
    if name in {"sources", "subscriptions", "tax_ids"}:
        value = {"object": "list", "data": [], "has_more": False, "url": f"/v1/customers/{data['id']}/{name}"}
    elif name == "refunds":
        value = refunds_of(store, data["id"])
    elif isinstance(value, str):
        record = store.find(value)
        if record is None:
            raise missing(name, value)
        value = present(store, record.data, at=at)
    if len(steps) > 1 and isinstance(value, dict) and value.get("object") == "list":
        value = expand(store, value, [".".join(steps[1:])], at=at)
    elif len(steps) > 1 and isinstance(value, dict):
        value = _expand_one(store, value, steps[1:], path, at)
    return {**data, name: value}


def refunds_of(store: Store, charge_id: str) -> Json:
    records, more = store.select("refund", Page(limit=10), parent=charge_id)
    return {
        "object": "list",
        "data": [record.data for record in records],
        "has_more": more,
        "url": f"/v1/charges/{charge_id}/refunds",
    }


def plain(records: list[Record]) -> list[Json]:
    return [record.data for record in records]


def _cannot_expand(path: str) -> ApiError:
    return ApiError(f"This property cannot be expanded ({path}).", param="expand")
