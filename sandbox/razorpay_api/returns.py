"""Refunds, and disputes that the control opens and decides."""

from __future__ import annotations

from sandbox.messages import Json
from sandbox.razorpay_api.objects import Call, RazorpayError, page_of, shown
from sandbox.razorpay_api.settlements import record_line

_RESPOND_SECONDS = 10 * 24 * 3600
_FINAL = {"won", "lost", "closed"}


def create_refund(call: Call, payment_id: str) -> Json:
    call.refuse_others("amount", "speed", "notes", "receipt")
    record = call.load("payment", payment_id)
    payment = record.data
    left = payment["amount"] - payment["amount_refunded"]
    amount = call.params.get("amount", left)
    if not payment["captured"]:
        raise RazorpayError("The payment has not been captured", reason="payment_not_captured")
    if not isinstance(amount, int) or amount < 100:
        raise RazorpayError("The amount must be at least INR 1.00", field="amount")
    if amount > left:
        raise RazorpayError(
            "The total refund amount is greater than the refund payment amount", field="amount"
        )
    refund = {
        **call.new("refund"),
        "amount": amount,
        "currency": payment["currency"],
        "payment_id": payment_id,
        "notes": call.params.get("notes") or {},
        "receipt": call.params.get("receipt"),
        "status": record.hidden.get("refunds", "processed"),
        "speed_requested": call.params.get("speed", "normal"),
        "speed_processed": "normal",
        "customer_id": payment["customer_id"],
    }
    call.store.insert(refund, customer=payment["customer_id"], parent=payment_id)
    _count(call, payment, amount)
    record_line(call, refund, kind="refund", debit=amount, of=payment)
    call.emit("refund.created", refund=refund, payment=payment)
    if refund["status"] == "failed":
        _give_back(call, refund, payment)
    if refund["status"] != "pending":
        call.emit(f"refund.{refund['status']}", refund=refund, payment=payment)
    return shown(refund)


def end_refund(call: Call, refund_id: str) -> Json:
    """Let a refund come to its end: `processed`, or `failed`, even after it was processed."""
    refund = call.load("refund", refund_id).data
    outcome = {"processed": "processed", "failed": "failed"}[call.params["outcome"]]
    if refund["status"] == "failed":
        raise RazorpayError("The refund has failed already.")
    payment = call.load("payment", refund["payment_id"]).data
    refund["status"] = outcome
    call.store.update(refund)
    if outcome == "failed":
        _give_back(call, refund, payment)
    call.emit(f"refund.{outcome}", refund=refund, payment=payment)
    return shown(refund)


def _give_back(call: Call, refund: Json, payment: Json) -> None:
    _count(call, payment, -refund["amount"])
    record_line(call, refund, kind="refund", credit=refund["amount"], of=payment)


def _count(call: Call, payment: Json, amount: int) -> None:
    payment["amount_refunded"] += amount
    whole = payment["amount_refunded"] == payment["amount"]
    payment["refund_status"] = ("full" if whole else "partial") if payment["amount_refunded"] else None
    payment["status"] = "refunded" if whole else "captured"
    call.store.update(payment)


def fetch_refund(call: Call, refund_id: str) -> Json:
    return shown(call.load("refund", refund_id).data)


def refunds_of_payment(call: Call, payment_id: str) -> Json:
    call.load("payment", payment_id)
    return page_of(call, call.all("refund", parent=payment_id))


def open_dispute(call: Call) -> Json:
    """The bank takes a payment back, or only asks (`phase` retrieval): {"payment": "pay_…"}."""
    payment = call.load("payment", str(call.params["payment"])).data
    phase = str(call.params.get("phase", "chargeback"))
    dispute = {
        **call.new("dispute"),
        "payment_id": payment["id"],
        "amount": int(call.params.get("amount") or payment["amount"]),
        "currency": payment["currency"],
        "amount_deducted": 0,
        "reason_code": str(call.params.get("reason", "goods_or_services_not_received")),
        "respond_by": call.at + _RESPOND_SECONDS,
        "status": "open",
        "phase": phase,
        "evidence": {},
        "customer_id": payment["customer_id"],
    }
    if phase == "chargeback":
        dispute["amount_deducted"] = dispute["amount"]
        record_line(call, dispute, kind="adjustment", debit=dispute["amount"], of=payment)
    call.store.insert(dispute, customer=payment["customer_id"], parent=payment["id"])
    call.emit("payment.dispute.created", dispute=dispute, payment=payment)
    return shown(dispute)


def fetch_dispute(call: Call, dispute_id: str) -> Json:
    return shown(call.load("dispute", dispute_id).data)


def list_disputes(call: Call) -> Json:
    return page_of(call, call.all("dispute"))


def contest(call: Call, dispute_id: str) -> Json:
    dispute = call.load("dispute", dispute_id).data
    if dispute["status"] != "open":
        raise RazorpayError("The dispute can not be contested any more.")
    dispute["evidence"] = {name: value for name, value in call.params.items() if name != "action"}
    if call.params.get("action") == "submit":
        dispute["status"] = "under_review"
    call.store.update(dispute)
    if dispute["status"] == "under_review":
        call.emit("payment.dispute.under_review", dispute=dispute)
    return shown(dispute)


def decide_dispute(call: Call, dispute_id: str) -> Json:
    """The bank's verdict: `won`, `lost` or `closed`."""
    dispute = call.load("dispute", dispute_id).data
    outcome = str(call.params["outcome"])
    if outcome not in _FINAL or dispute["status"] in _FINAL:
        raise RazorpayError("The dispute is decided, or the outcome unknown.")
    dispute["status"] = outcome
    if outcome == "won" and dispute["amount_deducted"]:
        payment = call.load("payment", dispute["payment_id"]).data
        dispute["amount_deducted"] = 0
        record_line(call, dispute, kind="adjustment", credit=dispute["amount"], of=payment)
    call.store.update(dispute)
    call.emit(f"payment.dispute.{outcome}", dispute=dispute)
    return shown(dispute)


ROUTES = (
    ("POST", "/payments/{payment}/refund", create_refund),
    ("GET", "/payments/{payment}/refunds", refunds_of_payment),
    ("GET", "/refunds/{refund}", fetch_refund),
    ("GET", "/disputes", list_disputes),
    ("GET", "/disputes/{dispute}", fetch_dispute),
    ("PATCH", "/disputes/{dispute}/contest", contest),
)
