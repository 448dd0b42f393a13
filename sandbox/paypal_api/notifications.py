"""Webhooks: where they go, what they say, and how they are signed."""

from __future__ import annotations

import json

from sandbox import clock
from sandbox.call import Call
from sandbox.messages import Json, is_loopback_url
from sandbox.paypal_api.certificates import signer
from sandbox.paypal_api.errors import PayPalError
from sandbox.paypal_api.objects import every, load, moment, new, new_id, shown
from sandbox.paypal_api.routes import PayPalRoute
from sandbox.store import Record
from sandbox.webhooks import queue_event

EVENT = "paypal.event"


def emit(call: Call, kind: str, resource_type: str, resource: Json) -> None:
    """Record an event about a resource as it stands now, for every webhook that wants it."""
    event = {
        **new(call, "event", f"WH-{new_id()}-{new_id()}"),
        "event_version": "1.0",
        "create_time": moment(call.at),
        "event_type": kind,
        "resource_type": resource_type,
        "resource": resource,
    }
    call.store.insert(event, parent=resource.get("id"), label=kind)
    wanted = [w.data["id"] for w in every(call.store, "webhook") if _wants(w.data, kind)]
    queue_event(call.store, event["id"], wanted, call.plan)


def envelope(event: Record, webhook: Record) -> tuple[bytes, dict[str, str]]:
    """Body and headers of one delivery; signed anew at each try."""
    return sealed(event.data, webhook, at=clock.now())


def sealed(event: Json, webhook: Record, *, at: float) -> tuple[bytes, dict[str, str]]:
    body = json.dumps(shown(event)).encode()
    base_url = webhook.hidden["base_url"]
    return body, signer().headers(body, webhook_id=webhook.data["id"], base_url=base_url, at=at)


def create_webhook(call: Call) -> Json:
    url = str(call.params.get("url", ""))
    if not is_loopback_url(url):
        raise PayPalError(400, "VALIDATION_ERROR", "The sandbox sends webhooks to this machine only.")
    if any(w.data["url"] == url for w in every(call.store, "webhook")):
        raise PayPalError(400, "WEBHOOK_URL_ALREADY_EXISTS", "Webhook URL already exists.")
    types = [{"name": str(entry["name"])} for entry in call.params.get("event_types") or []]
    webhook = {**new(call, "webhook"), "url": url, "event_types": types}
    return shown(call.store.insert(webhook, hidden={"base_url": call.base_url}))


def list_webhooks(call: Call) -> Json:
    return {"webhooks": [shown(record.data) for record in every(call.store, "webhook")]}


def delete_webhook(call: Call, webhook_id: str) -> Json:
    call.store.delete(load(call.store, "webhook", webhook_id).data["id"])
    return {}


def _wants(webhook: Json, kind: str) -> bool:
    return any(entry["name"] in {"*", kind} for entry in webhook["event_types"])


ROUTES = (
    PayPalRoute("POST", "/v1/notifications/webhooks", create_webhook, 201),
    PayPalRoute("GET", "/v1/notifications/webhooks", list_webhooks),
    PayPalRoute("DELETE", "/v1/notifications/webhooks/{id}", delete_webhook, 204),
)
