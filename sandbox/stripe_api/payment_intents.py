"""Payment intents: their life from creation to success or cancellation. Amounts are minor units."""

from __future__ import annotations

from sandbox import ids
from sandbox.call import Call, Route, merge_metadata
from sandbox.errors import ApiError, missing, unexpected_state
from sandbox.messages import Json
from sandbox.store import Record
from sandbox.stripe_api import charges
from sandbox.stripe_api.confirmation import Attempt, confirm
from sandbox.stripe_api.currencies import CURRENCIES, MAXIMUM, MINIMUM
from sandbox.stripe_api.listing import list_objects
from sandbox.stripe_api.payment_methods import load_method, save_card

_OPEN = {"requires_payment_method", "requires_confirmation", "requires_action"}


def create_intent(call: Call) -> Json:
    """Create an intent, and confirm it at once when asked to.

    Raises:
        ApiError: unknown references or a wrong amount (400), a declined card (402, and the intent is kept).
    """
    params = call.params
    if "off_session" in params and not params.get("confirm"):
        raise ApiError("You can only set `off_session` when `confirm` is true.", param="off_session")
    if "customer" in params and call.load("customer", params["customer"], param="customer").data.get(
        "deleted"
    ):
        raise missing("customer", params["customer"], param="customer")
    intent = {**call.new("payment_intent"), **_fields(params)}
    _check_amount(intent)
    intent["client_secret"] = ids.new_client_secret(intent["id"])
    method = _method_of(call, intent)
    if method is not None:
        intent.update(status="requires_confirmation", payment_method=method.data["id"])
    call.store.insert(intent, customer=intent["customer"], label="payment_intent")
    call.emit("payment_intent.created", intent)
    return confirm(call, intent, Attempt.of(params)) if params.get("confirm") else intent


def retrieve_intent(call: Call, intent_id: str) -> Json:
    intent = call.load("payment_intent", intent_id).data
    if "client_secret" in call.params and call.params["client_secret"] != intent["client_secret"]:
        raise missing("payment_intent", intent_id)
    return intent


def list_intents(call: Call) -> Json:
    return list_objects(call, "payment_intent", customer=call.params.get("customer"))


def update_intent(call: Call, intent_id: str) -> Json:
    intent, params = _load_open(call, intent_id, "update"), call.params
    for name in ("amount", "currency", "customer", "description", "receipt_email", "setup_future_usage"):
        if name in params:
            intent[name] = params[name] if params[name] != "" else None
    _check_amount(intent)
    method = _method_of(call, intent)
    if method is not None:
        intent.update(status="requires_confirmation", payment_method=method.data["id"])
    intent["metadata"] = merge_metadata(intent["metadata"], params.get("metadata"))
    return call.store.update(intent)


def confirm_intent(call: Call, intent_id: str) -> Json:
    intent = _load_open(call, intent_id, "confirm")
    method = _method_of(call, intent)
    if method is not None:
        intent["payment_method"] = method.data["id"]
    for name in ("receipt_email", "setup_future_usage"):
        if name in call.params:
            intent[name] = call.params[name] or None
    return confirm(call, intent, Attempt.of(call.params))


def confirm_with_card(call: Call, intent_id: str, card: Json, billing: Json) -> Json:
    """Pay with a card that the customer typed into the card element."""
    intent = _load_open(call, intent_id, "confirm")
    intent["payment_method"] = save_card(call, card, billing=billing).data["id"]
    return confirm(call, intent, Attempt())


def authenticate(call: Call, intent_id: str, *, complete: bool) -> Json:
    """End the 3-D Secure challenge of an intent that waits for it."""
    intent = call.load("payment_intent", intent_id).data
    if intent["status"] != "requires_action":
        raise unexpected_state("PaymentIntent", intent["status"], "authenticate", intent)
    return confirm(call, intent, Attempt(authenticated=complete, authentication_failed=not complete))


def capture_intent(call: Call, intent_id: str) -> Json:
    intent = call.load("payment_intent", intent_id).data
    if intent["status"] != "requires_capture":
        raise unexpected_state("PaymentIntent", intent["status"], "capture", intent)
    most: int = intent["amount_capturable"]
    amount: int = call.params.get("amount_to_capture", most)
    if not 1 <= amount <= most:
        raise ApiError("The amount to capture exceeds what is capturable.", param="amount_to_capture")
    charge = call.load("charge", intent["latest_charge"]).data
    charges.capture(call, charge, amount, call.load("payment_method", charge["payment_method"]))
    intent.update(status="succeeded", amount_received=amount, amount_capturable=0)
    call.store.update(intent)
    call.emit("payment_intent.succeeded", intent)
    return intent


def cancel_intent(call: Call, intent_id: str) -> Json:
    intent = call.load("payment_intent", intent_id).data
    if intent["status"] not in _OPEN | {"requires_capture"}:
        raise unexpected_state("PaymentIntent", intent["status"], "cancel", intent)
    reason = call.params.get("cancellation_reason")
    intent.update(status="canceled", canceled_at=call.at, cancellation_reason=reason, next_action=None)
    intent["amount_capturable"] = 0
    call.store.update(intent)
    call.emit("payment_intent.canceled", intent)
    return intent


def _load_open(call: Call, intent_id: str, verb: str) -> Json:
    intent = call.load("payment_intent", intent_id).data
    if intent["status"] not in _OPEN:
        raise unexpected_state("PaymentIntent", intent["status"], verb, intent)
    return intent


def _method_of(call: Call, intent: Json) -> Record | None:
    if not call.params.get("payment_method"):
        return None
    method = load_method(call, call.params["payment_method"], param="payment_method")
    owner = method.data["customer"]
    if owner is not None and intent["customer"] is None:
        raise ApiError(
            f"The provided PaymentMethod belongs to the Customer {owner}. Please include the Customer in the "
            "`customer` parameter on the PaymentIntent.",
            param="payment_method",
        )
    if owner not in {None, intent["customer"]}:
        text = f"The PaymentMethod {method.data['id']} does not belong to the Customer {intent['customer']}."
        raise ApiError(text, param="payment_method")
    return method


def _check_amount(intent: Json) -> None:
    amount, currency = intent["amount"], intent["currency"]
    if currency not in CURRENCIES:
        raise ApiError(f"Invalid currency: {currency}.", param="currency")
    if amount < 1:
        text = "This value must be greater than or equal to 1."
        raise ApiError(text, code="parameter_invalid_integer", param="amount")
    if amount < MINIMUM.get(currency, 1):
        text = f"Amount must be at least {MINIMUM[currency]} {currency} in minor units"
        raise ApiError(text, code="amount_too_small", param="amount")
    if amount > MAXIMUM:
        raise ApiError("Amount must be no more than 99999999", code="amount_too_large", param="amount")


def _fields(params: Json) -> Json:
    automatic = params.get("automatic_payment_methods")
    copied = {
        name: params.get(name) or None
        for name in (
            "customer",
            "description",
            "on_behalf_of",
            "receipt_email",
            "setup_future_usage",
            "shipping",
            "statement_descriptor",
            "statement_descriptor_suffix",
            "transfer_group",
        )
    }
    return {
        **copied,
        "amount": params["amount"],
        "amount_capturable": 0,
        "amount_details": {"tip": {}},
        "amount_received": 0,
        "application": None,
        "application_fee_amount": None,
        "automatic_payment_methods": automatic and {"allow_redirects": "always", **automatic},
        "canceled_at": None,
        "cancellation_reason": None,
        "capture_method": params.get("capture_method", "automatic_async"),
        "client_secret": None,
        "confirmation_method": params.get("confirmation_method", "automatic"),
        "currency": params["currency"].lower(),
        "customer_account": None,
        "excluded_payment_method_types": None,
        "last_payment_error": None,
        "latest_charge": None,
        "metadata": merge_metadata({}, params.get("metadata")),
        "next_action": None,
        "payment_method": None,
        "payment_method_configuration_details": None,
        "payment_method_options": {
            "card": {
                "installments": None,
                "mandate_options": None,
                "network": None,
                "request_three_d_secure": "automatic",
            }
        },
        "payment_method_types": params.get("payment_method_types", ["card"]),
        "processing": None,
        "review": None,
        "source": None,
        "status": "requires_payment_method",
        "transfer_data": None,
    }


ROUTES = (
    Route("POST", "/v1/payment_intents", create_intent),
    Route("GET", "/v1/payment_intents", list_intents),
    Route("GET", "/v1/payment_intents/{intent}", retrieve_intent),
    Route("POST", "/v1/payment_intents/{intent}", update_intent),
    Route("POST", "/v1/payment_intents/{intent}/confirm", confirm_intent),
    Route("POST", "/v1/payment_intents/{intent}/capture", capture_intent),
    Route("POST", "/v1/payment_intents/{intent}/cancel", cancel_intent),
)
