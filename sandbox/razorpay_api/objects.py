"""What Razorpay's objects have in common: ids, shapes, errors, lists and messages."""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from typing import Any

from sandbox import ids
from sandbox.messages import Json
from sandbox.store import Page, Record, Store
from sandbox.webhooks import DeliveryPlan, queue_event

EVENT = "razorpay.event"
INDIA = timezone(timedelta(hours=5, minutes=30))
_PREFIXES = {
    "customer": "cust_",
    "order": "order_",
    "payment": "pay_",
    "token": "token_",
    "refund": "rfnd_",
    "dispute": "disp_",
    "settlement": "setl_",
    "adjustment": "adj_",
    "webhook": "hook_",
    "line": "line_",
    "event": "evrp_",
}
_ALL = Page(limit=100_000)
_INTERNAL = {"object", "created"}


class RazorpayError(Exception):
    """A refusal. `commits` keeps what the request wrote: a declined debit is a fact."""

    def __init__(
        self,
        description: str,
        *,
        reason: str = "input_validation_failed",
        code: str = "BAD_REQUEST_ERROR",
        status: int = 400,
        field: str | None = None,
        commits: bool = False,
        **metadata: str,
    ) -> None:
        super().__init__(description)
        self.description, self.reason, self.code, self.status = description, reason, code, status
        self.field, self.commits, self.metadata = field, commits, metadata

    def body(self) -> Json:
        return {
            "error": {
                "code": self.code,
                "description": self.description,
                "source": "customer" if self.commits else "business",
                "step": "payment_authorization" if self.commits else "payment_initiation",
                "reason": self.reason,
                "metadata": self.metadata,
                "field": self.field,
            }
        }


@dataclass(slots=True)
class Call:
    """One request. `at` is in epoch seconds; `key` is the refund's idempotency key."""

    store: Store
    at: int
    params: Json = field(default_factory=dict)
    key: str | None = None
    base_url: str = ""
    plan: DeliveryPlan = field(default_factory=DeliveryPlan)

    def new(self, kind: str) -> Json:
        return {
            "id": new_id(kind),
            "object": f"razorpay.{kind}",
            "entity": kind,
            "created": self.at,
            "created_at": self.at,
        }

    def load(self, kind: str, object_id: str) -> Record:
        record = self.store.find(object_id, f"razorpay.{kind}")
        if record is None:
            raise RazorpayError("The id provided does not exist")
        return record

    def all(self, kind: str, **filters: Any) -> list[Record]:
        """Every object of a kind, the newest first."""
        records, _ = self.store.select(f"razorpay.{kind}", _ALL, **filters)
        return records

    def required(self, name: str, kind: type) -> Any:
        value = self.params.get(name)
        if not isinstance(value, kind) or isinstance(value, bool) is not (kind is bool):
            raise RazorpayError(f"The {name} field is required.", field=name)
        return value

    def refuse_others(self, *known: str) -> None:
        """Razorpay refuses names that it does not know, and so do we: a typo must not pass."""
        for name in self.params:
            if name not in known:
                raise RazorpayError(f"{name} is/are not required and should not be sent", field=name)

    def emit(self, event: str, **subjects: Json) -> None:
        """Keep a message about objects as they stand, and queue it for every webhook that wants it."""
        body = {
            "entity": "event",
            "account_id": "acc_sandbox",
            "event": event,
            "contains": list(subjects),
            "payload": {name: {"entity": shown(subject)} for name, subject in subjects.items()},
            "created_at": self.at,
        }
        message: Json = {"id": new_id("event"), "object": EVENT, "created": self.at, "body": body}
        first = next(iter(subjects.values()))
        self.store.insert(message, customer=first.get("customer_id"), parent=first["id"], label=event)
        hooks = [
            hook.data["id"]
            for hook in self.all("webhook")
            if hook.data["active"] and hook.data["events"].get(event)
        ]
        queue_event(self.store, message["id"], hooks, self.plan)


def new_id(kind: str) -> str:
    return _PREFIXES[kind] + ids.random_text(14)


def shown(data: Json) -> Json:
    return {name: value for name, value in data.items() if name not in _INTERNAL}


def page_of(call: Call, records: list[Record]) -> Json:
    """A collection: `from` and `to` are inclusive seconds, `skip` leaves out the newest."""
    number = {name: int(call.params[name]) for name in ("from", "to", "count", "skip") if name in call.params}
    wanted = [
        record.data
        for record in records
        if number.get("from", 0) <= record.data["created_at"] <= number.get("to", 1 << 40)
    ]
    skip = number.get("skip", 0)
    items = [shown(data) for data in wanted[skip : skip + min(number.get("count", 10), 100)]]
    return {"entity": "collection", "count": len(items), "items": items}


def envelope(event: Record, endpoint: Record) -> tuple[bytes, dict[str, str]]:
    """A message as it is posted: the signature covers the body, and not the id beside it."""
    body = json.dumps(event.data["body"], separators=(",", ":")).encode()
    return body, {
        "User-Agent": "Razorpay-Webhook/v1 (Monetize sandbox)",
        "X-Razorpay-Event-Id": event.data["id"],
        "X-Razorpay-Signature": signature(body, endpoint.hidden["secret"]),
    }


def signature(body: bytes, secret: str) -> str:
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def indian_day(at: int) -> date:
    return datetime.fromtimestamp(at, INDIA).date()
