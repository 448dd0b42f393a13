"""Customers."""

from __future__ import annotations

from sandbox import ids
from sandbox.call import Call, Route, merge_metadata
from sandbox.errors import missing
from sandbox.messages import Json
from sandbox.stripe_api.listing import list_objects
from sandbox.stripe_api.payment_methods import attach_method, detach_all, load_method

_PLAIN = ("balance", "description", "email", "name", "phone", "preferred_locales", "tax_exempt")
_GROUPS = ("address", "shipping")


def create_customer(call: Call) -> Json:
    """Create a customer; a payment method in the parameters is attached and becomes no default."""
    customer = {
        **call.new("customer"),
        "address": None,
        "balance": 0,
        "currency": None,
        "customer_account": None,
        "default_source": None,
        "delinquent": False,
        "description": None,
        "discount": None,
        "email": None,
        "invoice_prefix": ids.random_text(8).upper(),
        "invoice_settings": {
            "custom_fields": None,
            "default_payment_method": None,
            "footer": None,
            "rendering_options": None,
        },
        "metadata": {},
        "name": None,
        "next_invoice_sequence": 1,
        "phone": None,
        "preferred_locales": [],
        "shipping": None,
        "tax_exempt": "none",
        "test_clock": None,
    }
    _apply(call, customer)
    call.store.insert(customer, customer=customer["id"], label=customer["email"])
    call.emit("customer.created", customer)
    if "payment_method" in call.params:
        attach_method(
            call, load_method(call, call.params["payment_method"], param="payment_method"), customer["id"]
        )
    return customer


def update_customer(call: Call, customer_id: str) -> Json:
    customer = _load_live(call, customer_id)
    before = {**customer, "invoice_settings": dict(customer["invoice_settings"])}
    _apply(call, customer)
    _store(call, customer)
    changed = {name: value for name, value in before.items() if customer[name] != value}
    call.emit("customer.updated", customer, previous=changed)
    return customer


def retrieve_customer(call: Call, customer_id: str) -> Json:
    """The customer; of a deleted one only that it is."""
    return call.load("customer", customer_id).data


def delete_customer(call: Call, customer_id: str) -> Json:
    """Delete a customer, and detach its payment methods. The id stays known as deleted."""
    customer = _load_live(call, customer_id)
    detach_all(call, customer_id)
    call.emit("customer.deleted", customer)
    gone = {"id": customer_id, "object": "customer", "deleted": True}
    _store(call, gone)
    return gone


def list_customers(call: Call) -> Json:
    labels = [call.params["email"]] if "email" in call.params else []
    answer = list_objects(call, "customer", labels=labels)
    answer["data"] = [customer for customer in answer["data"] if not customer.get("deleted")]
    return answer


def list_sources(call: Call, customer_id: str) -> Json:
    """Sources are what came before payment methods: nobody has any, but dj-stripe asks."""
    call.load("customer", customer_id)
    return {"object": "list", "data": [], "has_more": False, "url": f"/v1/customers/{customer_id}/sources"}


def _load_live(call: Call, customer_id: str) -> Json:
    customer = call.load("customer", customer_id).data
    if customer.get("deleted"):
        raise missing("customer", customer_id)
    return customer


def _store(call: Call, customer: Json) -> None:
    # The lists find a customer by its e-mail through the label column.
    call.store.update(customer)
    values = (customer["id"], customer.get("email"), customer["id"])
    call.store.execute("UPDATE objects SET customer = ?, label = ? WHERE id = ?", values)


def _apply(call: Call, customer: Json) -> None:
    params = call.params
    for name in _PLAIN:
        if name in params:
            customer[name] = params[name] if params[name] != "" else None
    for name in _GROUPS:
        if name in params:
            customer[name] = {**(customer[name] or {}), **params[name]} if params[name] else None
    customer["metadata"] = merge_metadata(customer["metadata"], params.get("metadata"))
    settings = params.get("invoice_settings", {})
    if settings.get("default_payment_method"):
        method = load_method(
            call, settings["default_payment_method"], param="invoice_settings[default_payment_method]"
        )
        if method.data["customer"] != customer["id"]:
            raise missing(
                "payment_method", method.data["id"], param="invoice_settings[default_payment_method]"
            )
    for name, value in settings.items():
        customer["invoice_settings"][name] = value or None


ROUTES = (
    Route("POST", "/v1/customers", create_customer),
    Route("GET", "/v1/customers", list_customers),
    Route("GET", "/v1/customers/{customer}", retrieve_customer),
    Route("POST", "/v1/customers/{customer}", update_customer),
    Route("DELETE", "/v1/customers/{customer}", delete_customer),
    Route("GET", "/v1/customers/{customer}/sources", list_sources),
)
