"""Setup tokens, which the buyer approves, and the payment tokens that they become."""

from __future__ import annotations

from sandbox.call import Call
from sandbox.messages import Json, is_loopback_url
from sandbox.paypal_api.errors import PayPalError, unprocessable
from sandbox.paypal_api.notifications import emit
from sandbox.paypal_api.objects import load, new, new_id, shown
from sandbox.paypal_api.routes import PayPalRoute


def create_setup_token(call: Call) -> Json:
    account = (call.params.get("payment_source") or {}).get("paypal")
    if account is None:
        raise PayPalError(400, "MISSING_REQUIRED_PARAMETER", "payment_source.paypal")
    context = account.get("experience_context") or {}
    for name in ("return_url", "cancel_url"):
        if not is_loopback_url(str(context.get(name, ""))):
            raise PayPalError(400, "INVALID_PARAMETER_VALUE", f"{name} must be on this machine.")
    token = {
        **new(call, "setup_token"),
        "owner": {"id": new_id(10), **(call.params.get("customer") or {})},
        "status": "PAYER_ACTION_REQUIRED",
        "payment_source": {"paypal": account},
    }
    approve = f"{call.base_url}/paypal/agreements/approve?approval_session_id={token['id']}"
    token["links"] = [{"rel": "approve", "href": approve, "method": "GET"}]
    return _shown(call.store.insert(token))


def approve_setup_token(call: Call, token_id: str, *, email: str, approves: bool) -> Json:
    """What the buyer does on PayPal's page; the answer holds where they go next.

    Raises:
        PayPalError: it was answered before.
    """
    record = load(call.store, "setup_token", token_id)
    if record.data["status"] != "PAYER_ACTION_REQUIRED":
        raise unprocessable("INVALID_SETUP_TOKEN_STATUS", "The token was answered before.")
    context = record.data["payment_source"]["paypal"]["experience_context"]
    if approves:
        record.data["status"] = "APPROVED"
        call.store.update(record.data, hidden={"email": email})
    return {"return_url": context["return_url"] if approves else context["cancel_url"]}


def create_payment_token(call: Call) -> Json:
    named = (call.params.get("payment_source") or {}).get("token") or {}
    record = load(call.store, "setup_token", str(named.get("id", "")))
    if record.data["status"] != "APPROVED":
        raise unprocessable("SETUP_TOKEN_NOT_APPROVED", "The buyer has not approved the token.")
    record.data["status"] = "VAULTED"
    call.store.update(record.data)
    email = record.hidden["email"]
    token = {
        **new(call, "payment_token"),
        "owner": record.data["owner"],
        "payment_source": {"paypal": {"email_address": email, "payer_id": new_id(13)}},
    }
    call.store.insert(token, hidden={"email": email})
    emit(call, "VAULT.PAYMENT-TOKEN.CREATED", "payment_token", _shown(token))
    return _shown(token)


def get_payment_token(call: Call, token_id: str) -> Json:
    return _shown(load(call.store, "payment_token", token_id).data)


def delete_payment_token(call: Call, token_id: str) -> Json:
    record = load(call.store, "payment_token", token_id)
    call.store.delete(token_id)
    emit(call, "VAULT.PAYMENT-TOKEN.DELETED", "payment_token", _shown(record.data))
    return {}


def _shown(token: Json) -> Json:
    """The store has a column of its own named customer, so the token keeps it as its owner."""
    plain = shown(token)
    plain["customer"] = plain.pop("owner")
    return plain


ROUTES = (
    PayPalRoute("POST", "/v3/vault/setup-tokens", create_setup_token, 201),
    PayPalRoute("POST", "/v3/vault/payment-tokens", create_payment_token, 201, needs_key=True),
    PayPalRoute("GET", "/v3/vault/payment-tokens/{id}", get_payment_token),
    PayPalRoute("DELETE", "/v3/vault/payment-tokens/{id}", delete_payment_token, 204),
)
