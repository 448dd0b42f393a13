"""Orders: made with a vaulted account and captured at once, or approved by the buyer first."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sandbox.call import Call
from sandbox.messages import Json
from sandbox.paypal_api import captures
from sandbox.paypal_api.accounts import Behaviour, behaviour_of, refusal
from sandbox.paypal_api.errors import PayPalError, unprocessable
from sandbox.paypal_api.notifications import emit
from sandbox.paypal_api.objects import amount_of, every, load, moment, new, shown
from sandbox.paypal_api.routes import PayPalRoute


def create_order(call: Call) -> Json:
    unit = _checked_unit(call)
    account = (call.params.get("payment_source") or {}).get("paypal") or {}
    email = _email_of(call, str(account.get("vault_id", "")))
    behaviour = behaviour_of(email)
    refused = refusal(behaviour)
    if refused is not None:
        raise refused
    order = {
        **new(call, "order"),
        "intent": "CAPTURE",
        "status": "COMPLETED",
        "create_time": moment(call.at),
        "purchase_units": [{"reference_id": "default", **unit}],
        "payment_source": {"paypal": {"email_address": email}},
        "links": [],
    }
    asks = behaviour is Behaviour.ACTION
    if asks:
        link = f"{call.base_url}/paypal/checkoutnow?token={order['id']}"
        order |= {
            "status": "PAYER_ACTION_REQUIRED",
            "links": [{"rel": "payer-action", "href": link, "method": "GET"}],
        }
    hidden = {"email": email, "idempotency_key": call.idempotency_key}
    call.store.insert(order, hidden={**hidden, **(account.get("experience_context") or {})})
    if not asks:
        captures.capture(call, order, behaviour)
    return order_shown(call, order)


def get_order(call: Call, order_id: str) -> Json:
    return order_shown(call, load(call.store, "order", order_id).data)


def patch_order(call: Call, order_id: str) -> Json:
    """Only what Monetize changes: our own id in the purchase unit."""
    order = load(call.store, "order", order_id).data
    if order["status"] == "COMPLETED":
        raise unprocessable("ORDER_ALREADY_COMPLETED", "A completed order cannot be changed.")
    for change in call.params.get("_list") or []:
        if change.get("path") != "/purchase_units/@reference_id=='default'/custom_id":
            raise unprocessable("NOT_PATCHABLE", "The sandbox only changes custom_id.")
        order["purchase_units"][0]["custom_id"] = str(change["value"])
    call.store.update(order)
    return {}


def approve_order(call: Call, order_id: str, *, approves: bool) -> Json:
    """What the buyer does on PayPal's page; the answer holds where they go next, if anywhere."""
    record = load(call.store, "order", order_id)
    if record.data["status"] != "PAYER_ACTION_REQUIRED":
        raise unprocessable("ORDER_ALREADY_APPROVED", "The order was answered before.")
    if approves:
        record.data["status"] = "APPROVED"
        call.store.update(record.data)
        emit(call, "CHECKOUT.ORDER.APPROVED", "checkout-order", order_shown(call, record.data))
    return {"return_url": record.hidden.get("return_url" if approves else "cancel_url", "")}


def capture_order(call: Call, order_id: str) -> Json:
    order = load(call.store, "order", order_id).data
    if order["status"] == "COMPLETED":
        raise unprocessable("ORDER_ALREADY_CAPTURED", "The order was captured before.")
    if order["status"] != "APPROVED":
        raise unprocessable("ORDER_NOT_APPROVED", "The payer has not approved the order.")
    order["status"] = "COMPLETED"
    call.store.update(order)
    captures.capture(call, order, Behaviour.OK)
    return order_shown(call, order)


def order_shown(call: Call, order: Json) -> Json:
    """The order with its captures and refunds, as PayPal shows them."""
    plain = shown(order)
    taken = [shown(record.data) for record in every(call.store, "capture", parent=order["id"])]
    given = [shown(record.data) for record in every(call.store, "refund", parent=order["id"])]
    payments: Json = {**({"captures": taken} if taken else {}), **({"refunds": given} if given else {})}
    if payments:
        plain["purchase_units"] = [{**plain["purchase_units"][0], "payments": payments}]
    return plain


def _checked_unit(call: Call) -> Json:
    units: list[Any] = call.params.get("purchase_units") or []
    if call.params.get("intent") != "CAPTURE" or len(units) != 1:
        raise PayPalError(400, "INVALID_PARAMETER_VALUE", "The sandbox captures orders of one unit.")
    unit: Json = units[0]
    value, _currency = amount_of(unit.get("amount"))
    _refuse_second(call, unit.get("invoice_id"), value)
    return unit


def _refuse_second(call: Call, invoice_id: Any, value: Decimal) -> None:
    """As an account does that blocks accidental payments: an invoice id is captured once."""
    taken = (record.data for record in every(call.store, "capture"))
    if invoice_id and any(
        capture["invoice_id"] == invoice_id and capture["status"] != "DECLINED" for capture in taken
    ):
        raise unprocessable("DUPLICATE_INVOICE_ID", f"Invoice {invoice_id} was captured before ({value}).")


def _email_of(call: Call, vault_id: str) -> str:
    token = call.store.find(vault_id, "paypal.payment_token")
    if token is None:
        raise unprocessable("TOKEN_ID_NOT_FOUND", "The vault knows no such token.")
    return str(token.hidden["email"])


ROUTES = (
    PayPalRoute("POST", "/v2/checkout/orders", create_order, 201, needs_key=True),
    PayPalRoute("GET", "/v2/checkout/orders/{id}", get_order),
    PayPalRoute("PATCH", "/v2/checkout/orders/{id}", patch_order, 204),
    PayPalRoute("POST", "/v2/checkout/orders/{id}/capture", capture_order, 201, needs_key=True),
)
