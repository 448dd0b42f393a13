"""Refunds: never more than was captured; some are pending first, and some come back."""

from __future__ import annotations

from sandbox import ids
from sandbox.call import Call, Route, merge_metadata
from sandbox.cards import Behaviour
from sandbox.errors import ApiError, parameter_missing, unexpected_state
from sandbox.messages import Json
from sandbox.stripe_api.balance import record_movement
from sandbox.stripe_api.listing import list_objects


def create_refund(call: Call) -> Json:
    """Give money back, all that is left or `amount` minor units of it.

    Raises:
        ApiError: nothing was captured, all was given back, or the amount is more than is left.
    """
    charge = _charge_of(call)
    amount = _amount_of(call, charge)
    refund = {**call.new("refund"), **_fields(call, charge, amount)}
    del refund["livemode"]
    if _behaviour(call, charge) == Behaviour.REFUND_WAITS:
        refund["status"] = "pending"
    refund["balance_transaction"] = record_movement(call, refund, kind="refund", amount=-amount)["id"]
    hidden = {"idempotency_key": call.idempotency_key}
    call.store.insert(
        refund, hidden=hidden, customer=charge["customer"], parent=charge["id"], label=refund["status"]
    )
    before = {"amount_refunded": charge["amount_refunded"], "refunded": charge["refunded"]}
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] == charge["amount_captured"]
    call.store.update(charge)
    call.emit("refund.created", refund)
    call.emit("charge.refunded", charge, previous=before)
    return refund


def settle_refund(call: Call, refund_id: str, outcome: str) -> Json:
    """End a refund as a bank does days later: `succeeded`, or `failed`, which brings the money back.

    Empty means as its card says.

    Raises:
        ApiError: there is no such refund, or it has failed already.
    """
    refund = call.load("refund", refund_id).data
    charge = call.load("charge", refund["charge"]).data
    if not outcome:
        fails = _behaviour(call, charge) == Behaviour.REFUND_FAILS
        outcome = "failed" if fails else "succeeded"
    if refund["status"] == "failed":
        raise ApiError(f"Refund {refund_id} has failed.", code="refund_failed")
    before = {"status": refund["status"]}
    refund["status"] = outcome
    if outcome == "failed":
        _bring_back(call, refund, charge)
    call.store.update(refund)
    call.store.execute(
        "UPDATE objects SET customer = ?, label = ? WHERE id = ?", (charge["customer"], outcome, refund_id)
    )
    call.emit("refund.failed" if outcome == "failed" else "refund.updated", refund, previous=before)
    return refund


def _bring_back(call: Call, refund: Json, charge: Json) -> None:
    refund["failure_reason"] = "expired_or_canceled_card"
    movement = record_movement(call, refund, kind="refund_failure", amount=refund["amount"])
    refund["failure_balance_transaction"] = movement["id"]
    charge["amount_refunded"] -= refund["amount"]
    charge["refunded"] = False
    call.store.update(charge)


def _behaviour(call: Call, charge: Json) -> str:
    method = call.store.find(charge["payment_method"])
    return str(method.hidden["behaviour"]) if method else Behaviour.OK


def update_refund(call: Call, refund_id: str) -> Json:
    refund = call.load("refund", refund_id).data
    before = refund["metadata"]
    refund["metadata"] = merge_metadata(before, call.params.get("metadata"))
    customer = call.load("charge", refund["charge"]).data["customer"]
    call.store.update(refund)
    call.store.execute("UPDATE objects SET customer = ? WHERE id = ?", (customer, refund_id))
    call.emit("refund.updated", refund, previous={"metadata": before})
    return refund


def retrieve_refund(call: Call, refund_id: str) -> Json:
    return call.load("refund", refund_id).data


def list_refunds(call: Call) -> Json:
    params = call.params
    parent = params.get("charge")
    if "payment_intent" in params:
        intent = call.load("payment_intent", params["payment_intent"], param="payment_intent").data
        parent = intent["latest_charge"] or "none"
    return list_objects(call, "refund", parent=parent)


def _charge_of(call: Call) -> Json:
    params = call.params
    if "charge" in params:
        return call.load("charge", params["charge"], param="charge").data
    if "payment_intent" not in params:
        raise parameter_missing("payment_intent")
    intent = call.load("payment_intent", params["payment_intent"], param="payment_intent").data
    if intent["status"] != "succeeded":
        raise unexpected_state("PaymentIntent", intent["status"], "refund", intent)
    return call.load("charge", intent["latest_charge"]).data


def _amount_of(call: Call, charge: Json) -> int:
    left: int = charge["amount_captured"] - charge["amount_refunded"]
    if not charge["captured"]:
        raise ApiError(
            f"Charge {charge['id']} is not captured.", code="charge_not_refundable", param="charge"
        )
    if left == 0:
        raise ApiError(f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded")
    amount: int = call.params.get("amount", left)
    if amount < 1:
        raise ApiError("Invalid positive integer", code="parameter_invalid_integer", param="amount")
    if amount > left:
        raise ApiError(
            f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})", param="amount"
        )
    return amount


def _fields(call: Call, charge: Json, amount: int) -> Json:
    card = {"reference": ids.random_text(12), "reference_status": "available"}
    reference = {**card, "reference_type": "acquirer_reference_number", "type": "refund"}
    return {
        "amount": amount,
        "charge": charge["id"],
        "currency": charge["currency"],
        "destination_details": {"card": reference, "type": "card"},
        "metadata": merge_metadata({}, call.params.get("metadata")),
        "payment_intent": charge["payment_intent"],
        "reason": call.params.get("reason"),
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": "succeeded",
        "transfer_reversal": None,
    }


ROUTES = (
    Route("POST", "/v1/refunds", create_refund),
    Route("GET", "/v1/refunds", list_refunds),
    Route("GET", "/v1/refunds/{refund}", retrieve_refund),
    Route("POST", "/v1/refunds/{refund}", update_refund),
)
