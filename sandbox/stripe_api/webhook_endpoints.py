"""Webhook endpoints. Only addresses on this machine are taken: nothing leaves it."""

from __future__ import annotations

from sandbox import ids
from sandbox.call import Call, Route, merge_metadata
from sandbox.errors import ApiError
from sandbox.messages import Json, is_loopback_url
from sandbox.stripe_api.listing import list_objects


def create_endpoint(call: Call) -> Json:
    """Create an endpoint; its signing secret is in this answer and in no other."""
    params = call.params
    _refuse_remote(params["url"])
    endpoint = {
        **call.new("webhook_endpoint"),
        "api_version": params.get("api_version"),
        "application": None,
        "description": params.get("description") or None,
        "enabled_events": params["enabled_events"],
        "metadata": merge_metadata({}, params.get("metadata")),
        "status": "enabled",
        "url": params["url"],
    }
    secret = "whsec_" + ids.random_text(32)
    call.store.insert(endpoint, hidden={"secret": secret})
    return {**endpoint, "secret": secret}


def update_endpoint(call: Call, endpoint_id: str) -> Json:
    endpoint, params = call.load("webhook_endpoint", endpoint_id).data, call.params
    if "url" in params:
        _refuse_remote(params["url"])
        endpoint["url"] = params["url"]
    if "enabled_events" in params:
        endpoint["enabled_events"] = params["enabled_events"]
    if "description" in params:
        endpoint["description"] = params["description"] or None
    if "disabled" in params:
        endpoint["status"] = "disabled" if params["disabled"] else "enabled"
    endpoint["metadata"] = merge_metadata(endpoint["metadata"], params.get("metadata"))
    return call.store.update(endpoint)


def retrieve_endpoint(call: Call, endpoint_id: str) -> Json:
    return call.load("webhook_endpoint", endpoint_id).data


def delete_endpoint(call: Call, endpoint_id: str) -> Json:
    call.load("webhook_endpoint", endpoint_id)
    call.store.delete(endpoint_id)
    return {"id": endpoint_id, "object": "webhook_endpoint", "deleted": True}


def list_endpoints(call: Call) -> Json:
    return list_objects(call, "webhook_endpoint")


def _refuse_remote(url: str) -> None:
    if not (is_loopback_url(url) and url.startswith("http://")):
        raise ApiError(
            "The sandbox only sends webhooks to http addresses on this machine.",
            code="url_invalid",
            param="url",
        )


ROUTES = (
    Route("POST", "/v1/webhook_endpoints", create_endpoint),
    Route("GET", "/v1/webhook_endpoints", list_endpoints),
    Route("GET", "/v1/webhook_endpoints/{endpoint}", retrieve_endpoint),
    Route("POST", "/v1/webhook_endpoints/{endpoint}", update_endpoint),
    Route("DELETE", "/v1/webhook_endpoints/{endpoint}", delete_endpoint),
)
