"""Orders and their payments: by the customer in the window, or without them under a token."""

from __future__ import annotations

from sandbox.messages import Json
from sandbox.razorpay_api.instruments import ADDRESSES, CARDS, FAILURES, Behaviour, Failure
from sandbox.razorpay_api.objects import Call, RazorpayError, new_id, page_of, shown
from sandbox.razorpay_api.settlements import record_line

_LEAST = 100
_RECEIPT_LENGTH = 40
SETUP = "method_setup"
# 2 % and 18 % tax on it, in ten-thousandths of the amount.
_FEE, _TAX = 236, 36


def create_order(call: Call) -> Json:
    call.refuse_others(
        "amount", "currency", "receipt", "notes", "customer_id", "method", "token", "payment_capture"
    )
    amount, currency = call.required("amount", int), call.required("currency", str)
    if currency != "INR":
        raise RazorpayError("Currency is not supported", field="currency")
    if amount < _LEAST:
        raise RazorpayError("Order amount less than minimum amount allowed", field="amount")
    receipt = call.params.get("receipt")
    if receipt is not None and len(receipt) > _RECEIPT_LENGTH:
        raise RazorpayError("The receipt may not be greater than 40 characters.", field="receipt")
    if "customer_id" in call.params:
        call.load("customer", call.params["customer_id"])
    order = {
        **call.new("order"),
        "amount": amount,
        "amount_paid": 0,
        "amount_due": amount,
        "currency": currency,
        "receipt": receipt,
        "status": "created",
        "attempts": 0,
        "customer_id": call.params.get("customer_id"),
        "method": call.params.get("method"),
        "token": call.params.get("token"),
        "notes": call.params.get("notes") or {},
    }
    call.store.insert(order, customer=order["customer_id"], label=receipt)
    return shown(order)


def fetch_order(call: Call, order_id: str) -> Json:
    return shown(call.load("order", order_id).data)


def list_orders(call: Call) -> Json:
    labels = [call.params["receipt"]] if "receipt" in call.params else []
    return page_of(call, call.all("order", labels=labels))


def payments_of_order(call: Call, order_id: str) -> Json:
    call.load("order", order_id)
    call.params["count"] = 100
    return page_of(call, call.all("payment", parent=order_id))


def fetch_payment(call: Call, payment_id: str) -> Json:
    return shown(call.load("payment", payment_id).data)


def list_payments(call: Call) -> Json:
    return page_of(call, call.all("payment"))


def create_recurring(call: Call) -> Json:
    """Debit a token: at once, or after days when its instrument takes its time."""
    call.refuse_others(
        *("email", "contact", "amount", "currency", "order_id", "customer_id", "token", "recurring"),
        *("description", "notes"),
    )
    order = call.load("order", call.required("order_id", str)).data
    if not call.required("recurring", bool) or not call.required("email", str):
        raise RazorpayError("The recurring field is required.", field="recurring")
    if (order["amount"], order["currency"]) != (call.params.get("amount"), call.params.get("currency")):
        raise RazorpayError("Payment amount is different from your order amount", field="amount")
    if order["status"] == "paid" or any(
        p.data["status"] != "failed" for p in call.all("payment", parent=order["id"])
    ):
        raise RazorpayError("The order already has a payment", reason="order_already_paid")
    token = call.store.find(call.required("token", str), "razorpay.token")
    if token is None or token.data["customer_id"] != call.required("customer_id", str):
        raise RazorpayError("The token does not exist", reason="token_not_found", field="token")
    payment = _new_payment(call, order, token.data, contact=call.params.get("contact") or "")
    payment["description"], payment["notes"] = call.params.get("description"), call.params.get("notes") or {}
    behaviour = Behaviour(token.hidden["behaviour"])
    call.store.insert(payment, customer=order["customer_id"], parent=order["id"], label="created")
    if behaviour in FAILURES:
        failure = FAILURES[behaviour]
        fail(call, payment, order, failure)
        raise RazorpayError(
            failure.description,
            reason=failure.reason,
            commits=True,
            payment_id=payment["id"],
            order_id=order["id"],
        )
    if behaviour is Behaviour.OK:
        capture(call, payment, order)
    return {"razorpay_payment_id": payment["id"], "razorpay_order_id": order["id"]}


def pay_in_window(call: Call, order_id: str) -> Json:
    """What the customer does in Razorpay's window: agree to debits with a card or a UPI address."""
    order = call.load("order", order_id).data
    if order["status"] == "paid":
        raise RazorpayError("The order is already paid.", reason="order_already_paid")
    token, behaviour = _new_token(call, order)
    payment = _new_payment(call, order, token, contact=str(call.params.get("contact") or ""))
    payment["notes"] = order["notes"]
    call.store.insert(payment, customer=order["customer_id"], parent=order["id"], label="created")
    if behaviour is Behaviour.REFUSED:
        payment["token_id"] = None
        fail(call, payment, order, FAILURES[behaviour])
        return shown(payment)
    call.store.insert(
        token, hidden={"behaviour": behaviour}, customer=token["customer_id"], parent=token["customer_id"]
    )
    customer = call.load("customer", token["customer_id"]).data
    call.store.update({**customer, "contact": customer["contact"] or payment["contact"]})
    call.emit("token.confirmed", token=token)
    capture(call, payment, order)
    return shown(payment)


def capture(call: Call, payment: Json, order: Json) -> None:
    is_setup = order["notes"].get("purpose") == SETUP
    rate = 0 if is_setup else _FEE
    payment["fee"] = (payment["amount"] * rate + 5000) // 10_000
    payment["tax"] = (payment["amount"] * (_TAX if rate else 0) + 5000) // 10_000
    payment["status"], payment["captured"] = "captured", True
    order.update(status="paid", amount_paid=order["amount"], amount_due=0)
    _write(call, payment, order)
    record_line(call, payment, kind="payment", credit=payment["amount"] - payment["fee"], of=payment)
    call.emit("payment.captured", payment=payment)


def fail(call: Call, payment: Json, order: Json, failure: Failure) -> None:
    payment.update(
        status="failed",
        error_code="BAD_REQUEST_ERROR",
        error_description=failure.description,
        error_source="customer",
        error_step="payment_authorization",
        error_reason=failure.reason,
    )
    order["status"] = "attempted"
    _write(call, payment, order)
    call.emit("payment.failed", payment=payment)


def _write(call: Call, payment: Json, order: Json) -> None:
    order["attempts"] += 1
    call.store.update(payment)
    call.store.update(order)


def _new_payment(call: Call, order: Json, token: Json, *, contact: str) -> Json:
    return {
        **call.new("payment"),
        "amount": order["amount"],
        "currency": order["currency"],
        "status": "created",
        "order_id": order["id"],
        "international": False,
        "method": token["method"],
        "amount_refunded": 0,
        "refund_status": None,
        "captured": False,
        "description": None,
        "card": token.get("card"),
        "vpa": "@".join(token["vpa"].values()) if token.get("vpa") else None,
        "email": call.params.get("email"),
        "contact": contact,
        "customer_id": order["customer_id"],
        "token_id": token["id"],
        "notes": {},
        "fee": None,
        "tax": None,
        **dict.fromkeys(("error_code", "error_description", "error_source", "error_step", "error_reason")),
    }


def _new_token(call: Call, order: Json) -> tuple[Json, Behaviour]:
    token = {
        **call.new("token"),
        "customer_id": order["customer_id"],
        "recurring": True,
        "max_amount": (order["token"] or {}).get("max_amount"),
        "recurring_details": {"status": "confirmed", "failure_reason": None},
        "mrn": new_id("token"),
        "used_at": call.at,
    }
    if "vpa" in call.params:
        address = str(call.params["vpa"]).strip().lower()
        if address not in ADDRESSES:
            raise RazorpayError("The sandbox takes only its own test addresses.", field="vpa")
        username, _, handle = address.partition("@")
        return {**token, "method": "upi", "vpa": {"username": username, "handle": handle}}, ADDRESSES[address]
    number = "".join(c for c in str(call.params.get("number", "")) if c.isdigit())
    if number not in CARDS:
        raise RazorpayError("The sandbox takes only published test cards.", field="number")
    network, behaviour = CARDS[number]
    card = {
        "entity": "card",
        "network": network,
        "last4": number[-4:],
        "type": "credit",
        "expiry_month": int(call.params.get("expiry_month") or 12),
        "expiry_year": int(call.params.get("expiry_year") or 2035),
    }
    return {**token, "method": "card", "card": card}, behaviour


ROUTES = (
    ("POST", "/orders", create_order),
    ("GET", "/orders", list_orders),
    ("GET", "/orders/{order}", fetch_order),
    ("GET", "/orders/{order}/payments", payments_of_order),
    ("GET", "/payments", list_payments),
    ("POST", "/payments/create/recurring", create_recurring),
    ("GET", "/payments/{payment}", fetch_payment),
)
