"""Disputes: a bank takes the money of a charge back, or asks about it first."""

from __future__ import annotations

from sandbox.call import Call, Route, merge_metadata
from sandbox.errors import ApiError
from sandbox.messages import Json
from sandbox.stripe_api.balance import record_movement
from sandbox.stripe_api.listing import list_objects

FEE = 1500
_DUE_SECONDS = 7 * 24 * 3600
_REASONS = ("fraudulent", "product_not_received", "duplicate", "subscription_canceled", "general")
_OPEN = ("needs_response", "under_review")
_INQUIRY = ("warning_needs_response", "warning_under_review")
# What Stripe's own test mode takes as the bank's decision, when it is the text of the evidence.
_DECIDING_TEXTS = {"winning_evidence": True, "losing_evidence": False}


def open_dispute(
    call: Call,
    charge_id: str,
    *,
    reason: str = "fraudulent",
    inquiry: bool = False,
    amount: int | None = None,
) -> Json:
    """A bank disputes a charge, all of it or `amount` minor units; an inquiry takes no money.

    Raises:
        ApiError: nothing was captured, the charge is disputed already, or the reason is unknown.
    """
    charge = call.load("charge", charge_id, param="charge").data
    if reason not in _REASONS:
        raise ApiError(f"Unknown reason {reason}.", param="reason")
    if not charge["captured"] or charge["disputed"]:
        raise ApiError(f"Charge {charge_id} cannot be disputed.", param="charge")
    dispute = {**call.new("dispute"), **_fields(call, charge, amount or charge["amount"], reason)}
    dispute["status"] = "warning_needs_response" if inquiry else "needs_response"
    dispute["is_charge_refundable"] = inquiry
    call.store.insert(dispute, parent=charge_id, label=dispute["status"])
    charge["disputed"] = True
    call.store.update(charge)
    call.emit("charge.dispute.created", dispute)
    if not inquiry:
        _withdraw(call, dispute)
    return dispute


def decide_dispute(call: Call, dispute_id: str, outcome: str) -> Json:
    """What the bank does: `won` and `lost` end it, `escalated` turns an inquiry into a dispute.

    Raises:
        ApiError: the dispute is over, or has no such way out.
    """
    dispute = call.load("dispute", dispute_id).data
    inquiry = dispute["status"] in _INQUIRY
    if outcome == "escalated" and inquiry:
        dispute.update(status="needs_response", is_charge_refundable=False)
        _keep(call, dispute, "charge.dispute.updated")
        _withdraw(call, dispute)
        return dispute
    if outcome not in {"won", "lost"} or dispute["status"] not in (*_OPEN, *_INQUIRY):
        raise ApiError(f"A dispute that is {dispute['status']} cannot become {outcome}.", param="outcome")
    if inquiry:
        return _close(call, dispute, "warning_closed")
    if outcome == "won":
        _move(call, dispute, amount=dispute["amount"], category="dispute_reversal", fee=0)
        _keep(call, dispute, "charge.dispute.funds_reinstated")
    return _close(call, dispute, outcome)


def update_dispute(call: Call, dispute_id: str) -> Json:
    """Write evidence down, and hand it in with `submit`: the text then may decide at once."""
    dispute = call.load("dispute", dispute_id).data
    if dispute["status"] not in ("needs_response", "warning_needs_response"):
        raise ApiError("This dispute is already closed or under review.", code="dispute_closed")
    evidence = call.params.get("evidence") or {}
    dispute["evidence"].update(evidence)
    dispute["metadata"] = merge_metadata(dispute["metadata"], call.params.get("metadata"))
    details = dispute["evidence_details"]
    details["has_evidence"] = details["has_evidence"] or bool(evidence)
    if call.params.get("submit", True) and evidence:
        details["submission_count"] += 1
        inquiry = dispute["status"] in _INQUIRY
        dispute["status"] = "warning_under_review" if inquiry else "under_review"
    _keep(call, dispute, "charge.dispute.updated")
    wins = _DECIDING_TEXTS.get(evidence.get("uncategorized_text", ""))
    if wins is not None and details["submission_count"]:
        return decide_dispute(call, dispute_id, "won" if wins else "lost")
    return dispute


def close_dispute(call: Call, dispute_id: str) -> Json:
    """Give up: the dispute is lost."""
    return decide_dispute(call, dispute_id, "lost")


def retrieve_dispute(call: Call, dispute_id: str) -> Json:
    return call.load("dispute", dispute_id).data


def list_disputes(call: Call) -> Json:
    params = call.params
    parent = params.get("charge")
    if "payment_intent" in params:
        intent = call.load("payment_intent", params["payment_intent"], param="payment_intent").data
        parent = intent["latest_charge"] or "none"
    return list_objects(call, "dispute", parent=parent)


def _withdraw(call: Call, dispute: Json) -> None:
    _move(call, dispute, amount=-dispute["amount"], category="dispute", fee=FEE)
    _keep(call, dispute, "charge.dispute.funds_withdrawn")


def _move(call: Call, dispute: Json, *, amount: int, category: str, fee: int) -> None:
    source = {**dispute, "description": f"{category} of {dispute['charge']}"}
    movement = record_movement(
        call, source, kind="adjustment", amount=amount, category=category, fee=fee, instant=True
    )
    dispute["balance_transactions"].append(movement)


def _close(call: Call, dispute: Json, status: str) -> Json:
    dispute["status"] = status
    _keep(call, dispute, "charge.dispute.closed")
    return dispute


def _keep(call: Call, dispute: Json, event: str) -> None:
    call.store.update(dispute)
    call.store.execute("UPDATE objects SET label = ? WHERE id = ?", (dispute["status"], dispute["id"]))
    call.emit(event, dispute)


def _fields(call: Call, charge: Json, amount: int, reason: str) -> Json:
    card = {
        "brand": charge["payment_method_details"]["card"]["brand"],
        "case_type": "chargeback",
        "network_reason_code": "10.4",
    }
    return {
        "amount": amount,
        "balance_transactions": [],
        "charge": charge["id"],
        "currency": charge["currency"],
        "enhanced_eligibility_types": [],
        "evidence": {"enhanced_evidence": {}},
        "evidence_details": {
            "due_by": call.at + _DUE_SECONDS,
            "enhanced_eligibility": {},
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
        },
        "metadata": {},
        "network_reason_code": "10.4",
        "payment_intent": charge["payment_intent"],
        "payment_method_details": {"card": card, "type": "card"},
        "reason": reason,
    }


ROUTES = (
    Route("GET", "/v1/disputes", list_disputes),
    Route("GET", "/v1/disputes/{dispute}", retrieve_dispute),
    Route("POST", "/v1/disputes/{dispute}", update_dispute),
    Route("POST", "/v1/disputes/{dispute}/close", close_dispute),
)
