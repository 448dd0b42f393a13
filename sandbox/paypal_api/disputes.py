"""Disputes: opened by the control interface or an account that always does, answered by evidence."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from sandbox.call import Call
from sandbox.messages import Json
from sandbox.paypal_api import reporting
from sandbox.paypal_api.errors import unprocessable
from sandbox.paypal_api.notifications import emit
from sandbox.paypal_api.objects import load, moment, money, new, new_id, shown
from sandbox.paypal_api.routes import PayPalRoute

_ANSWER_WITHIN = timedelta(days=10)
_FEE = Decimal(20)


def open_dispute(
    call: Call, capture_id: str, *, reason: str = "UNAUTHORISED", stage: str = "CHARGEBACK"
) -> Json:
    """A buyer or a bank wants a capture back. An inquiry takes no money yet."""
    capture = load(call.store, "capture", capture_id).data
    dispute_id = f"PP-D-{new_id(8)}"
    dispute = {
        **new(call, "dispute", dispute_id),
        "dispute_id": dispute_id,
        "disputed_transactions": [{"seller_transaction_id": capture_id, "custom": capture["custom_id"]}],
        "reason": reason,
        "status": "WAITING_FOR_SELLER_RESPONSE",
        "dispute_amount": capture["amount"],
        "dispute_life_cycle_stage": stage,
        "seller_response_due_date": moment(call.at + _ANSWER_WITHIN.total_seconds()),
    }
    call.store.insert(dispute)
    if stage != "INQUIRY":
        about, fee = (capture_id, "TXN"), money(-_FEE, capture["amount"]["currency_code"])
        reporting.record(call, "T1201", reporting.taken(capture["amount"]), about=about)
        reporting.record(call, "T0106", fee, about=about)
    emit(call, "CUSTOMER.DISPUTE.CREATED", "dispute", _shown(dispute))
    return _shown(dispute)


def get_dispute(call: Call, dispute_id: str) -> Json:
    return _shown(load(call.store, "dispute", dispute_id).data)


def provide_evidence(call: Call, dispute_id: str) -> Json:
    dispute = load(call.store, "dispute", dispute_id).data
    if dispute["status"] != "WAITING_FOR_SELLER_RESPONSE":
        raise unprocessable("DISPUTE_STATUS_INVALID", "Evidence is not asked for.")
    if not call.params.get("evidences"):
        raise unprocessable("MISSING_EVIDENCE", "There is none.")
    dispute["status"], dispute["evidences"] = "UNDER_REVIEW", call.params["evidences"]
    call.store.update(dispute)
    emit(call, "CUSTOMER.DISPUTE.UPDATED", "dispute", _shown(dispute))
    return {"links": []}


def resolve_dispute(call: Call, dispute_id: str, *, outcome: str) -> Json:
    """PayPal decides; in the seller's favour the money comes back."""
    dispute = load(call.store, "dispute", dispute_id).data
    dispute |= {"status": "RESOLVED", "dispute_outcome": {"outcome_code": outcome}}
    call.store.update(dispute)
    if outcome == "RESOLVED_SELLER_FAVOUR" and dispute["dispute_life_cycle_stage"] != "INQUIRY":
        capture_id = dispute["disputed_transactions"][0]["seller_transaction_id"]
        reporting.record(call, "T1202", dispute["dispute_amount"], about=(capture_id, "TXN"))
    emit(call, "CUSTOMER.DISPUTE.RESOLVED", "dispute", _shown(dispute))
    return _shown(dispute)


def _shown(dispute: Json) -> Json:
    """PayPal's disputes have no `id`."""
    return {name: value for name, value in shown(dispute).items() if name != "id"}


ROUTES = (
    PayPalRoute("GET", "/v1/customer/disputes/{id}", get_dispute),
    PayPalRoute("POST", "/v1/customer/disputes/{id}/provide-evidence", provide_evidence),
)
