"""Captures, which take the money of an order, and refunds, which give it back."""

from __future__ import annotations

from decimal import Decimal

from sandbox.call import Call
from sandbox.messages import Json
from sandbox.paypal_api import disputes, reporting
from sandbox.paypal_api.accounts import Behaviour, behaviour_of
from sandbox.paypal_api.errors import unprocessable
from sandbox.paypal_api.notifications import emit
from sandbox.paypal_api.objects import amount_of, every, load, moment, money, new, shown
from sandbox.paypal_api.routes import PayPalRoute

_FIRST_STATUS = {Behaviour.PENDING: "PENDING", Behaviour.DENIED: "DECLINED"}
_REFUND_STATUS = {Behaviour.REFUNDPENDING: "PENDING", Behaviour.REFUNDFAILS: "FAILED"}


def capture(call: Call, order: Json, behaviour: Behaviour) -> None:
    """Take the money of an order: at once, later (an e-cheque), or not."""
    unit = order["purchase_units"][0]
    made = {
        **new(call, "capture"),
        "status": _FIRST_STATUS.get(behaviour, "COMPLETED"),
        "amount": unit["amount"],
        "custom_id": unit.get("custom_id", ""),
        "invoice_id": unit.get("invoice_id", ""),
        "final_capture": True,
        "supplementary_data": {"related_ids": {"order_id": order["id"]}},
        "create_time": moment(call.at),
    }
    if made["status"] == "PENDING":
        made["status_details"] = {"reason": "ECHECK"}
    if made["status"] == "DECLINED":
        made["processor_response"] = {"response_code": "0500"}
    call.store.insert(made, parent=order["id"])
    _tell(call, made)
    if behaviour is Behaviour.DISPUTED:
        disputes.open_dispute(call, made["id"])


def settle_capture(call: Call, capture_id: str, *, completes: bool) -> Json:
    """The end of an e-cheque."""
    made = load(call.store, "capture", capture_id).data
    if made["status"] != "PENDING":
        raise unprocessable("CAPTURE_STATUS_NOT_VALID", "The capture is not pending.")
    made["status"] = "COMPLETED" if completes else "DECLINED"
    made.pop("status_details", None)
    call.store.update(made)
    _tell(call, made)
    return shown(made)


def get_capture(call: Call, capture_id: str) -> Json:
    return shown(load(call.store, "capture", capture_id).data)


def refund(call: Call, capture_id: str) -> Json:
    """Give back what is wished, or what is left; never above what was captured."""
    taken = load(call.store, "capture", capture_id).data
    order_id = taken["supplementary_data"]["related_ids"]["order_id"]
    currency, left = taken["amount"]["currency_code"], _left(call, taken, order_id)
    wished = amount_of(call.params["amount"]) if "amount" in call.params else (left, currency)
    if taken["status"] == "REFUNDED" or not left:
        raise unprocessable("CAPTURE_FULLY_REFUNDED", "The capture was given back in full.")
    if wished[1] != currency:
        raise unprocessable("REFUND_CURRENCY_MISMATCH", "The refund is in another currency.")
    if wished[0] > left:
        raise unprocessable("REFUND_AMOUNT_EXCEEDED", "The refund is above what is left of the capture.")
    email = load(call.store, "order", order_id).hidden["email"]
    made = {
        **new(call, "refund"),
        "status": _REFUND_STATUS.get(behaviour_of(email), "COMPLETED"),
        "amount": money(*wished),
        "custom_id": call.params.get("custom_id", ""),
        "create_time": moment(call.at),
        "supplementary_data": {"related_ids": {"order_id": order_id, "capture_id": capture_id}},
    }
    call.store.insert(made, parent=order_id, label=capture_id)
    _tell_refund(call, made)
    return shown(made)


def settle_refund(call: Call, refund_id: str, *, completes: bool) -> Json:
    """The end of a pending refund."""
    made = load(call.store, "refund", refund_id).data
    if made["status"] != "PENDING":
        raise unprocessable("REFUND_STATUS_NOT_VALID", "The refund is not pending.")
    made["status"] = "COMPLETED" if completes else "FAILED"
    call.store.update(made)
    _tell_refund(call, made)
    return shown(made)


def get_refund(call: Call, refund_id: str) -> Json:
    return shown(load(call.store, "refund", refund_id).data)


def _left(call: Call, taken: Json, order_id: str) -> Decimal:
    """What was captured less every refund that has not failed."""
    if taken["status"] not in {"COMPLETED", "PARTIALLY_REFUNDED", "REFUNDED"}:
        raise unprocessable("CAPTURE_STATUS_NOT_VALID", "Nothing was captured.")
    given = (record.data for record in every(call.store, "refund", parent=order_id))
    gone = sum((Decimal(r["amount"]["value"]) for r in given if r["status"] != "FAILED"), Decimal(0))
    return Decimal(taken["amount"]["value"]) - gone


def _tell(call: Call, made: Json) -> None:
    """The event, and the line of the account once the money is there."""
    kind = {"COMPLETED": "COMPLETED", "PENDING": "PENDING", "DECLINED": "DENIED"}[made["status"]]
    if kind == "COMPLETED":
        reporting.record(
            call,
            "T0006",
            made["amount"],
            transaction_id=made["id"],
            fee=reporting.fee_of(made["amount"]),
            about=(made["supplementary_data"]["related_ids"]["order_id"], "ODR"),
            custom=made["custom_id"],
        )
    emit(call, f"PAYMENT.CAPTURE.{kind}", "capture", shown(made))


def _tell_refund(call: Call, made: Json) -> None:
    if made["status"] != "COMPLETED":
        emit(call, f"PAYMENT.REFUND.{made['status']}", "refund", shown(made))
        return
    related = made["supplementary_data"]["related_ids"]
    taken = load(call.store, "capture", related["capture_id"]).data
    left = _left(call, taken, related["order_id"])
    taken["status"] = "PARTIALLY_REFUNDED" if left else "REFUNDED"
    call.store.update(taken)
    reporting.record(
        call,
        "T1107",
        reporting.taken(made["amount"]),
        transaction_id=made["id"],
        about=(taken["id"], "TXN"),
        custom=made["custom_id"],
    )
    if not left:
        reporting.mark_given_back(call, taken["id"])
    emit(call, "PAYMENT.CAPTURE.REFUNDED", "refund", shown(made))


def pay_out(call: Call, *, value: str, currency: str) -> Json:
    """A withdrawal to the bank, as the account's owner makes it."""
    return {"id": reporting.record(call, "T0400", money(-Decimal(value), currency))}


ROUTES = (
    PayPalRoute("GET", "/v2/payments/captures/{id}", get_capture),
    PayPalRoute("POST", "/v2/payments/captures/{id}/refund", refund, 201, needs_key=True),
    PayPalRoute("GET", "/v2/payments/refunds/{id}", get_refund),
)
