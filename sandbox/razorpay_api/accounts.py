"""Customers, their tokens, and the addresses of webhooks."""

from __future__ import annotations

from sandbox.messages import Json, is_loopback_url
from sandbox.razorpay_api.objects import Call, RazorpayError, page_of, shown


def create_customer(call: Call) -> Json:
    call.refuse_others("name", "email", "contact", "fail_existing", "notes", "gstin")
    name = call.required("name", str)
    if not 3 <= len(name) <= 50:
        raise RazorpayError("The name must be between 3 and 50 characters.", field="name")
    email, contact = call.params.get("email") or "", call.params.get("contact") or ""
    for record in call.all("customer"):
        if (record.data["email"], record.data["contact"]) == (email, contact):
            if str(call.params.get("fail_existing", "1")) == "0":
                return shown(record.data)
            raise RazorpayError("Customer already exists for the merchant")
    customer = {
        **call.new("customer"),
        "name": name,
        "email": email,
        "contact": contact,
        "gstin": None,
        "notes": call.params.get("notes") or {},
    }
    call.store.insert(customer, customer=customer["id"])
    return shown(customer)


def fetch_customer(call: Call, customer_id: str) -> Json:
    return shown(call.load("customer", customer_id).data)


def fetch_token(call: Call, customer_id: str, token_id: str) -> Json:
    return shown(_token(call, customer_id, token_id))


def list_tokens(call: Call, customer_id: str) -> Json:
    call.load("customer", customer_id)
    return page_of(call, call.all("token", parent=customer_id))


def delete_token(call: Call, customer_id: str, token_id: str) -> Json:
    call.store.delete(_token(call, customer_id, token_id)["id"])
    return {"deleted": True}


def _token(call: Call, customer_id: str, token_id: str) -> Json:
    token = call.load("token", token_id).data
    if token["customer_id"] != customer_id:
        raise RazorpayError("The id provided does not exist")
    return token


def create_webhook(call: Call) -> Json:
    hook = {**call.new("webhook"), **_webhook_fields(call)}
    call.store.insert(hook, hidden={"secret": call.required("secret", str)})
    return shown(hook)


def edit_webhook(call: Call, webhook_id: str) -> Json:
    hook = call.load("webhook", webhook_id).data
    hook.update(_webhook_fields(call))
    call.store.update(hook, hidden={"secret": call.required("secret", str)})
    return shown(hook)


def list_webhooks(call: Call) -> Json:
    return page_of(call, call.all("webhook"))


def _webhook_fields(call: Call) -> Json:
    call.refuse_others("url", "secret", "active", "events", "alert_email")
    url = call.required("url", str)
    if not is_loopback_url(url):
        raise RazorpayError("The sandbox only sends to this machine.", field="url")
    events = call.required("events", dict)
    return {"url": url, "active": bool(call.params.get("active", True)), "events": events}


ROUTES = (
    ("POST", "/customers", create_customer),
    ("GET", "/customers/{customer}", fetch_customer),
    ("GET", "/customers/{customer}/tokens", list_tokens),
    ("GET", "/customers/{customer}/tokens/{token}", fetch_token),
    ("DELETE", "/customers/{customer}/tokens/{token}", delete_token),
    ("POST", "/webhooks", create_webhook),
    ("GET", "/webhooks", list_webhooks),
    ("PUT", "/webhooks/{webhook}", edit_webhook),
)
