"""Charges: what a payment intent's attempts leave behind, succeeded or failed."""

from __future__ import annotations

from sandbox import ids
from sandbox.call import Call, Route, merge_metadata
from sandbox.cards import Decline
from sandbox.messages import Json
from sandbox.store import Record
from sandbox.stripe_api.balance import record_movement
from sandbox.stripe_api.listing import list_objects
from sandbox.stripe_api.presentation import refunds_of


def record_charge(
    call: Call, intent: Json, method: Record, *, decline: Decline | None, authenticated: bool, captured: bool
) -> Json:
    """Keep one attempt. A captured success moves money: it has a balance transaction."""
    charge = {**call.new("charge"), **_fields(intent, method.data)}
    charge["receipt_url"] = f"{call.base_url}/?q={charge['id']}" if decline is None else None
    charge["payment_method_details"] = {"card": _details(method.data, intent, authenticated), "type": "card"}
    charge["outcome"] = _outcome(decline)
    if decline is not None:
        charge.update(failure_code=decline.code, failure_message=decline.message, status="failed")
    else:
        charge.update(paid=True, status="succeeded")
    charge["captured"] = captured and decline is None
    if charge["captured"]:
        charge["amount_captured"] = intent["amount"]
        charge["balance_transaction"] = _movement(call, charge, method)
    hidden = {"idempotency_key": call.idempotency_key, "request": call.request_id}
    call.store.insert(
        charge, hidden=hidden, customer=intent["customer"], parent=intent["id"], label=charge["status"]
    )
    call.emit("charge.succeeded" if decline is None else "charge.failed", charge)
    return charge


def capture(call: Call, charge: Json, amount: int, method: Record) -> Json:
    """Capture an authorised charge; what is above `amount` (minor units) is released."""
    charge.update(captured=True, amount_captured=amount)
    charge["balance_transaction"] = _movement(call, charge, method)
    call.store.update(charge)
    call.emit("charge.captured", charge)
    return charge


def retrieve_charge(call: Call, charge_id: str) -> Json:
    return call.load("charge", charge_id).data


def update_charge(call: Call, charge_id: str) -> Json:
    charge = call.load("charge", charge_id).data
    charge["metadata"] = merge_metadata(charge["metadata"], call.params.get("metadata"))
    for name in ("description", "receipt_email"):
        if name in call.params:
            charge[name] = call.params[name] or None
    call.store.update(charge)
    call.emit("charge.updated", charge)
    return charge


def list_charges(call: Call) -> Json:
    params = call.params
    return list_objects(call, "charge", customer=params.get("customer"), parent=params.get("payment_intent"))


def list_charge_refunds(call: Call, charge_id: str) -> Json:
    call.load("charge", charge_id)
    return refunds_of(call.store, charge_id)


def _movement(call: Call, charge: Json, method: Record) -> str:
    instant = bool(method.hidden.get("instant"))
    return record_movement(call, charge, kind="charge", amount=charge["amount_captured"], instant=instant)[
        "id"
    ]


def _fields(intent: Json, method: Json) -> Json:
    return {
        "amount": intent["amount"],
        "amount_captured": 0,
        "amount_refunded": 0,
        "application": None,
        "application_fee": None,
        "application_fee_amount": None,
        "balance_transaction": None,
        "billing_details": method["billing_details"],
        "calculated_statement_descriptor": "MONETIZE SANDBOX",
        "captured": False,
        "currency": intent["currency"],
        "customer": intent["customer"],
        "description": intent["description"],
        "disputed": False,
        "failure_balance_transaction": None,
        "failure_code": None,
        "failure_message": None,
        "fraud_details": {},
        "metadata": dict(intent["metadata"]),
        "on_behalf_of": None,
        "paid": False,
        "payment_intent": intent["id"],
        "payment_method": method["id"],
        "presentment_details": None,
        "radar_options": {},
        "receipt_email": intent["receipt_email"],
        "receipt_number": None,
        "refunded": False,
        "review": None,
        "shipping": intent["shipping"],
        "source": None,
        "source_transfer": None,
        "statement_descriptor": intent["statement_descriptor"],
        "statement_descriptor_suffix": intent["statement_descriptor_suffix"],
        "transfer_data": None,
        "transfer_group": intent["transfer_group"],
    }


def _details(method: Json, intent: Json, authenticated: bool) -> Json:
    card = method["card"]
    copied = (
        "brand",
        "checks",
        "country",
        "exp_month",
        "exp_year",
        "fingerprint",
        "funding",
        "last4",
        "wallet",
    )
    secure = {
        "authentication_flow": "challenge",
        "electronic_commerce_indicator": "05",
        "exemption_indicator": None,
        "result": "authenticated",
        "result_reason": None,
        "transaction_id": ids.random_text(24),
        "version": "2.2.0",
    }
    return {
        **{name: card[name] for name in copied},
        "amount_authorized": intent["amount"],
        "authorization_code": ids.random_text(6).upper(),
        "extended_authorization": {"status": "disabled"},
        "incremental_authorization": {"status": "unavailable"},
        "installments": None,
        "mandate": None,
        "multicapture": {"status": "unavailable"},
        "network": card["brand"],
        "network_token": {"used": False},
        "network_transaction_id": ids.random_text(15),
        "overcapture": {"maximum_amount_capturable": intent["amount"], "status": "unavailable"},
        "regulated_status": card["regulated_status"],
        "three_d_secure": secure if authenticated else None,
    }


def _outcome(decline: Decline | None) -> Json:
    return {
        "advice_code": None if decline is None else "try_again_later",
        "network_advice_code": None,
        "network_decline_code": None if decline is None else decline.network_code,
        "network_status": "approved_by_network" if decline is None else "declined_by_network",
        "reason": None if decline is None else decline.decline_code,
        "risk_level": "normal",
        "risk_score": 12,
        "seller_message": "Payment complete."
        if decline is None
        else "The bank did not return any further details.",
        "type": "authorized" if decline is None else "issuer_declined",
    }


ROUTES = (
    Route("GET", "/v1/charges", list_charges),
    Route("GET", "/v1/charges/{charge}", retrieve_charge),
    Route("POST", "/v1/charges/{charge}", update_charge),
    Route("GET", "/v1/charges/{charge}/refunds", list_charge_refunds),
)
