"""What a bank, a customer or Razorpay's dashboard does: the controls under /_sandbox/razorpay/."""

from __future__ import annotations

from sandbox.messages import Json
from sandbox.razorpay_api import payments, returns, settlements
from sandbox.razorpay_api.instruments import FAILURES, Behaviour
from sandbox.razorpay_api.objects import EVENT, Call, RazorpayError, shown
from sandbox.store import Page

_KINDS = ("payment", "refund", "dispute", "settlement", "order", "token")
_REFUNDS = {"processed", "pending", "failed"}


def set_behaviour(call: Call, token_id: str) -> Json:
    """What debits of a token do from now on."""
    record = call.load("token", token_id)
    behaviour = Behaviour(call.params["behaviour"])
    call.store.update(record.data, hidden={**record.hidden, "behaviour": behaviour})
    return {"id": token_id, "behaviour": behaviour}


def end_payment(call: Call, payment_id: str) -> Json:
    """Let a debit that waits be `captured`, or fail by the name of a behaviour."""
    payment = call.load("payment", payment_id).data
    if payment["status"] != "created":
        raise RazorpayError("The payment has ended already.")
    order = call.load("order", payment["order_id"]).data
    if call.params["outcome"] == "captured":
        payments.capture(call, payment, order)
    else:
        payments.fail(call, payment, order, FAILURES[Behaviour(call.params["outcome"])])
    return shown(payment)


def set_refunds(call: Call, payment_id: str) -> Json:
    """What refunds of this payment do from now on."""
    outcome = call.params["refunds"]
    if outcome not in _REFUNDS:
        raise RazorpayError("Unknown outcome.")
    call.store.update(call.load("payment", payment_id).data, hidden={"refunds": outcome})
    return {"id": payment_id, "refunds": outcome}


def state(call: Call) -> Json:
    return {f"{kind}s": [shown(record.data) for record in call.all(kind)] for kind in _KINDS}


def events(call: Call) -> Json:
    """Every message, the oldest first, with its body."""
    records, _ = call.store.select(EVENT, Page(limit=100_000))
    return {"events": [{"id": r.data["id"], "body": r.data["body"]} for r in reversed(records)]}


ROUTES = (
    ("GET", "/state.json", state),
    ("GET", "/events.json", events),
    ("POST", "/orders/{order}/agree", payments.pay_in_window),
    ("POST", "/tokens/{token}", set_behaviour),
    ("POST", "/payments/{payment}/end", end_payment),
    ("POST", "/payments/{payment}", set_refunds),
    ("POST", "/refunds/{refund}/end", returns.end_refund),
    ("POST", "/disputes", returns.open_dispute),
    ("POST", "/disputes/{dispute}", returns.decide_dispute),
    ("POST", "/settle", settlements.settle),
)
