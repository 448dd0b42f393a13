"""Payment methods: cards only. Of a number only the last four digits and a fingerprint are kept."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

from sandbox.call import Call, Route, merge_metadata
from sandbox.cards import TOKENS, Behaviour, Decline, TestCard, read_number, refusal_to_save
from sandbox.errors import ApiError, declined, missing, parameter_missing
from sandbox.messages import Json
from sandbox.store import Page, Record
from sandbox.stripe_api.listing import list_objects

_EMPTY_ADDRESS = dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state"))


def create_method(call: Call) -> Json:
    """Save a card that is attached to nobody yet."""
    params = call.params
    if params.get("type") != "card" or "card" not in params:
        raise parameter_missing("card") if params.get("type") == "card" else _only_cards()
    card = params["card"]
    if "token" in card:
        token = f"pm_card_{str(card['token']).removeprefix('tok_')}"
        if token not in TOKENS:
            raise missing("token", card["token"], param="card[token]")
        card = token_card(token)
    return save_card(
        call, card, billing=params.get("billing_details", {}), metadata=params.get("metadata")
    ).data


def retrieve_method(call: Call, method_id: str) -> Json:
    return call.load("payment_method", method_id).data


def update_method(call: Call, method_id: str) -> Json:
    """Change billing details, metadata or expiry of an attached card."""
    record = call.load("payment_method", method_id)
    method, params = record.data, call.params
    if method["customer"] is None:
        raise ApiError("You must save this PaymentMethod to a customer before you can update it.")
    method["metadata"] = merge_metadata(method["metadata"], params.get("metadata"))
    if "billing_details" in params:
        method["billing_details"] = _billing(params["billing_details"], method["billing_details"])
    for name in ("exp_month", "exp_year"):
        if name in params.get("card", {}):
            method["card"][name] = params["card"][name]
    call.store.update(method)
    call.emit("payment_method.updated", method)
    return method


def list_methods(call: Call) -> Json:
    labels = [call.params["type"]] if "type" in call.params else []
    customer = call.params.get("customer")
    return list_objects(call, "payment_method", customer=customer, labels=labels)


def list_customer_methods(call: Call, customer_id: str) -> Json:
    call.load("customer", customer_id)
    url = f"/v1/customers/{customer_id}/payment_methods"
    return list_objects(call, "payment_method", customer=customer_id, url=url)


def retrieve_customer_method(call: Call, customer_id: str, method_id: str) -> Json:
    method = call.load("payment_method", method_id).data
    if method["customer"] != customer_id:
        raise missing("payment_method", method_id)
    return method


def attach(call: Call, method_id: str) -> Json:
    """Attach a card to a customer. A card that would be declined is declined here already."""
    if "customer" not in call.params:
        raise parameter_missing("customer")
    return attach_method(call, load_method(call, method_id), call.params["customer"]).data


def detach(call: Call, method_id: str) -> Json:
    record = call.load("payment_method", method_id)
    if record.data["customer"] is None:
        raise ApiError(
            "The payment method you provided is not attached to a customer so detachment is impossible."
        )
    return _detach(call, record)


def load_method(call: Call, method_id: str, *, param: str | None = None) -> Record:
    """The method; a published token such as pm_card_visa makes a new one each time."""
    if method_id in TOKENS:
        return save_card(call, token_card(method_id))
    return call.load("payment_method", method_id, param=param)


def attach_method(call: Call, record: Record, customer_id: str) -> Record:
    """Attach, unless it is this customer's already.

    Raises:
        ApiError: unknown customer, another customer's method, a detached method, or a decline.
    """
    customer = call.load("customer", customer_id, param="customer").data
    if customer.get("deleted"):
        raise missing("customer", customer_id, param="customer")
    method = record.data
    if method["customer"] == customer_id:
        return record
    if method["customer"] is not None:
        raise ApiError("The payment method you provided has already been attached to a customer.")
    refuse_detached(record)
    refusal = refusal_to_save(Behaviour(record.hidden["behaviour"]))
    if refusal is not None:
        raise declined(refusal, payment_method=method)
    method["customer"] = customer_id
    call.store.update(method)
    call.emit("payment_method.attached", method)
    return record


def refuse_detached(record: Record) -> None:
    if record.hidden.get("detached"):
        raise ApiError(
            "The provided PaymentMethod was previously used with a PaymentIntent without Customer "
            "attachment, shared with a connected account without Customer attachment, or was detached from "
            "a Customer. It may not be used again. To use a PaymentMethod multiple times, you must attach it "
            "to a Customer first."
        )


def detach_all(call: Call, customer_id: str) -> None:
    records, more = call.store.select("payment_method", Page(limit=100), customer=customer_id)
    for record in records:
        _detach(call, record)
    if more:
        detach_all(call, customer_id)


def save_card(call: Call, card: Json, *, billing: Json | None = None, metadata: Json | None = None) -> Record:
    """Store a card that was typed in or named by a token.

    Raises:
        ApiError: not a published test card (402), or an expiry date that is over (402).
    """
    for name in ("number", "exp_month", "exp_year"):
        if name not in card:
            raise parameter_missing(f"card[{name}]")
    number = "".join(c for c in str(card["number"]) if c not in " -")
    known = read_number(number)
    if isinstance(known, Decline):
        raise declined(known)
    month, year = int(card["exp_month"]), int(card["exp_year"])
    _refuse_past(call, month, year + 2000 if year < 100 else year)
    method = {
        **call.new("payment_method"),
        "allow_redisplay": "unspecified",
        "billing_details": _billing(billing or {}, {}),
        "card": _card(number, known, month, year + 2000 if year < 100 else year, "cvc" in card),
        "customer": None,
        "customer_account": None,
        "metadata": merge_metadata({}, metadata),
        "radar_options": {},
        "type": "card",
    }
    hidden = {"behaviour": known.behaviour, "set_up": False, "instant": known.instant}
    call.store.insert(method, hidden=hidden, label="card")
    return Record(method, hidden)


def token_card(token: str) -> Json:
    return {"number": TOKENS[token], "exp_month": 12, "exp_year": datetime.now(UTC).year + 5, "cvc": "123"}


def _detach(call: Call, record: Record) -> Json:
    method, owner = record.data, record.data["customer"]
    method["customer"] = None
    call.store.update(method, hidden={**record.hidden, "detached": True})
    customer = call.load("customer", owner).data
    if customer["invoice_settings"]["default_payment_method"] == method["id"]:
        customer["invoice_settings"]["default_payment_method"] = None
        call.store.execute(
            "UPDATE objects SET data = json_set(data, '$.invoice_settings.default_payment_method', NULL)"
            " WHERE id = ?",
            (owner,),
        )
    call.emit("payment_method.detached", method, previous={"customer": owner})
    return method


def _refuse_past(call: Call, month: int, year: int) -> None:
    now = datetime.fromtimestamp(call.at, UTC)
    wrong = None
    if not 1 <= month <= 12 or (year == now.year and month < now.month):
        wrong = "month"
    elif not now.year <= year <= now.year + 50:
        wrong = "year"
    if wrong:
        text = f"Your card's expiration {wrong} is invalid."
        raise ApiError(
            text, status=402, type="card_error", code=f"invalid_expiry_{wrong}", param=f"exp_{wrong}"
        )


def _card(number: str, known: TestCard, month: int, year: int, with_cvc: bool) -> Json:
    checks = {"address_line1_check": None, "address_postal_code_check": None}
    return {
        "brand": known.brand,
        "checks": {
            **checks,
            "cvc_check": ("fail" if known.behaviour == "incorrect_cvc" else "pass") if with_cvc else None,
        },
        "country": known.country,
        "display_brand": "american_express" if known.brand == "amex" else known.brand,
        "exp_month": month,
        "exp_year": year,
        "fingerprint": hashlib.sha256(f"sandbox {number}".encode()).hexdigest()[:16],
        "funding": known.funding,
        "generated_from": None,
        "last4": number[-4:],
        "networks": {"available": [known.brand], "preferred": None},
        "regulated_status": "unregulated",
        "three_d_secure_usage": {"supported": True},
        "wallet": None,
    }


def _billing(wish: Json, old: Json) -> Json:
    plain = {name: wish.get(name, old.get(name)) or None for name in ("email", "name", "phone", "tax_id")}
    address = wish.get("address") or {}
    kept = old.get("address") or _EMPTY_ADDRESS
    return {"address": {name: address.get(name, kept[name]) or None for name in _EMPTY_ADDRESS}, **plain}


def _only_cards() -> ApiError:
    return ApiError("The sandbox only knows payment methods of type card.", param="type")


ROUTES = (
    Route("POST", "/v1/payment_methods", create_method),
    Route("GET", "/v1/payment_methods", list_methods),
    Route("GET", "/v1/payment_methods/{payment_method}", retrieve_method),
    Route("POST", "/v1/payment_methods/{payment_method}", update_method),
    Route("POST", "/v1/payment_methods/{payment_method}/attach", attach),
    Route("POST", "/v1/payment_methods/{payment_method}/detach", detach),
    Route("GET", "/v1/customers/{customer}/payment_methods", list_customer_methods),
    Route("GET", "/v1/customers/{customer}/payment_methods/{payment_method}", retrieve_customer_method),
)
