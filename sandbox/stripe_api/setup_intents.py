"""Setup intents: saving a card for later, with 3-D Secure where the card asks for it."""

from __future__ import annotations

from sandbox import ids
from sandbox.call import Call, Route, merge_metadata
from sandbox.cards import Behaviour, asks_on_setup, refusal_to_save
from sandbox.errors import ApiError, declined, missing, unexpected_state
from sandbox.messages import Json
from sandbox.store import Record
from sandbox.stripe_api.listing import list_objects
from sandbox.stripe_api.next_actions import next_action
from sandbox.stripe_api.payment_methods import attach_method, load_method, refuse_detached, save_card

_OPEN = {"requires_payment_method", "requires_confirmation", "requires_action"}
AUTHENTICATION_FAILED = (
    "We are unable to authenticate your payment method. "
    "Please choose a different payment method and try again."
)


def create_setup_intent(call: Call) -> Json:
    params = call.params
    if "customer" in params and call.load("customer", params["customer"], param="customer").data.get(
        "deleted"
    ):
        raise missing("customer", params["customer"], param="customer")
    intent = {**call.new("setup_intent"), **_fields(params)}
    intent["client_secret"] = ids.new_client_secret(intent["id"])
    if "payment_method" in params:
        intent["payment_method"] = load_method(call, params["payment_method"], param="payment_method").data[
            "id"
        ]
        intent["status"] = "requires_confirmation"
    call.store.insert(intent, customer=intent["customer"], label=intent["status"])
    call.emit("setup_intent.created", intent)
    return confirm(call, intent) if params.get("confirm") else intent


def retrieve_setup_intent(call: Call, intent_id: str) -> Json:
    return call.load("setup_intent", intent_id).data


def list_setup_intents(call: Call) -> Json:
    return list_objects(call, "setup_intent", customer=call.params.get("customer"))


def update_setup_intent(call: Call, intent_id: str) -> Json:
    intent = _load_open(call, intent_id, "update")
    for name in ("description", "customer"):
        if name in call.params:
            intent[name] = call.params[name] or None
    if call.params.get("payment_method"):
        intent["payment_method"] = load_method(
            call, call.params["payment_method"], param="payment_method"
        ).data["id"]
        intent["status"] = "requires_confirmation"
    intent["metadata"] = merge_metadata(intent["metadata"], call.params.get("metadata"))
    return call.store.update(intent)


def confirm_setup_intent(call: Call, intent_id: str) -> Json:
    intent = _load_open(call, intent_id, "confirm")
    if "payment_method" in call.params:
        intent["payment_method"] = load_method(
            call, call.params["payment_method"], param="payment_method"
        ).data["id"]
    return confirm(call, intent)


def cancel_setup_intent(call: Call, intent_id: str) -> Json:
    intent = _load_open(call, intent_id, "cancel")
    reason = call.params.get("cancellation_reason")
    intent.update(status="canceled", cancellation_reason=reason, next_action=None)
    call.store.update(intent)
    call.emit("setup_intent.canceled", intent)
    return intent


def confirm_with_card(call: Call, intent_id: str, card: Json, billing: Json) -> Json:
    """Save a card that the customer typed into the card element, and set it up."""
    intent = _load_open(call, intent_id, "confirm")
    intent["payment_method"] = save_card(call, card, billing=billing).data["id"]
    return confirm(call, intent)


def confirm(call: Call, intent: Json) -> Json:
    """Try to set up the intent's method: it succeeds, asks for authentication or is declined.

    Raises:
        ApiError: no method (400), or a card that refuses to be saved (402, and the failure is kept).
    """
    if intent["payment_method"] is None:
        raise ApiError(
            "You cannot confirm this SetupIntent because it's missing a payment method.",
            code="setup_intent_unexpected_state",
            extra={"setup_intent": intent},
        )
    method = call.load("payment_method", intent["payment_method"])
    refuse_detached(method)
    behaviour = Behaviour(method.hidden["behaviour"])
    refusal = refusal_to_save(behaviour)
    if refusal is not None:
        error = declined(refusal, payment_method=method.data)
        _fail(call, intent, error, method)
        raise error
    if asks_on_setup(behaviour) and not method.hidden["set_up"]:
        intent["status"] = "requires_action"
        intent["next_action"] = next_action(call, intent)
        call.store.update(intent)
        call.emit("setup_intent.requires_action", intent)
        return intent
    return _succeed(call, intent, method)


def authenticate(call: Call, intent_id: str, *, complete: bool) -> Json:
    """End the 3-D Secure challenge of a setup intent that waits for it."""
    intent = call.load("setup_intent", intent_id).data
    if intent["status"] != "requires_action":
        raise unexpected_state("SetupIntent", intent["status"], "authenticate", intent)
    method = call.load("payment_method", intent["payment_method"])
    if complete:
        return _succeed(call, intent, method)
    error = ApiError(AUTHENTICATION_FAILED, code="setup_intent_authentication_failure")
    return _fail(call, intent, error, method)


def _succeed(call: Call, intent: Json, method: Record) -> Json:
    if intent["customer"]:
        method = attach_method(call, method, intent["customer"])
    call.store.update(method.data, hidden={**method.hidden, "set_up": True})
    intent.update(status="succeeded", next_action=None, last_setup_error=None)
    intent["latest_attempt"] = ids.new_id("setup_attempt")
    call.store.update(intent)
    call.emit("setup_intent.succeeded", intent)
    return intent


def _fail(call: Call, intent: Json, error: ApiError, method: Record) -> Json:
    detail = {**error.body(call.request_id)["error"], "payment_method": method.data}
    intent.update(
        status="requires_payment_method", payment_method=None, next_action=None, last_setup_error=detail
    )
    intent["latest_attempt"] = ids.new_id("setup_attempt")
    call.store.update(intent)
    call.emit("setup_intent.setup_failed", intent)
    error.extra["setup_intent"] = intent
    return intent


def _load_open(call: Call, intent_id: str, verb: str) -> Json:
    intent = call.load("setup_intent", intent_id).data
    if intent["status"] not in _OPEN:
        raise unexpected_state("SetupIntent", intent["status"], verb, intent)
    return intent


def _fields(params: Json) -> Json:
    automatic = params.get("automatic_payment_methods")
    return {
        "application": None,
        "automatic_payment_methods": automatic and {"allow_redirects": "always", **automatic},
        "cancellation_reason": None,
        "client_secret": None,
        "customer": params.get("customer"),
        "customer_account": None,
        "description": params.get("description"),
        "excluded_payment_method_types": None,
        "flow_directions": None,
        "last_setup_error": None,
        "latest_attempt": None,
        "mandate": None,
        "metadata": merge_metadata({}, params.get("metadata")),
        "next_action": None,
        "on_behalf_of": None,
        "payment_method": None,
        "payment_method_configuration_details": None,
        "payment_method_options": {
            "card": {"mandate_options": None, "network": None, "request_three_d_secure": "automatic"}
        },
        "payment_method_types": params.get("payment_method_types", ["card"]),
        "single_use_mandate": None,
        "status": "requires_payment_method",
        "usage": params.get("usage", "off_session"),
    }


ROUTES = (
    Route("POST", "/v1/setup_intents", create_setup_intent),
    Route("GET", "/v1/setup_intents", list_setup_intents),
    Route("GET", "/v1/setup_intents/{intent}", retrieve_setup_intent),
    Route("POST", "/v1/setup_intents/{intent}", update_setup_intent),
    Route("POST", "/v1/setup_intents/{intent}/confirm", confirm_setup_intent),
    Route("POST", "/v1/setup_intents/{intent}/cancel", cancel_setup_intent),
)
