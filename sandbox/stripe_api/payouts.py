"""Payouts: what the account holds goes to the bank, and sometimes comes back."""

from __future__ import annotations

from sandbox.call import Call, Route
from sandbox.errors import ApiError
from sandbox.messages import Json
from sandbox.store import Page
from sandbox.stripe_api.balance import record_movement
from sandbox.stripe_api.listing import list_objects

_EVERYTHING = 1_000_000
_ARRIVAL_SECONDS = 2 * 24 * 3600


def make_payout(call: Call, *, currency: str, arrived: bool = True) -> Json:
    """Pay out all that no payout has taken yet, pending money too; it is on its way until it has `arrived`.

    Raises:
        ApiError: there is nothing above zero in this currency.
    """
    movements, _ = call.store.select("balance_transaction", Page(limit=_EVERYTHING))
    taken = [m for m in movements if m.data["currency"] == currency and "payout" not in m.hidden]
    amount = sum(movement.data["net"] for movement in taken)
    if amount <= 0:
        raise ApiError(f"There is nothing to pay out in {currency}.", code="balance_insufficient")
    payout = {**call.new("payout"), **_fields(call, amount, currency, arrived=arrived)}
    movement = record_movement(call, payout, kind="payout", amount=-amount, instant=True)
    payout["balance_transaction"] = movement["id"]
    names = [movement["id"], *(record.data["id"] for record in taken)]
    for name in names:
        _mark(call, name, payout["id"])
    call.store.insert(payout, hidden={"movements": names}, label=payout["status"])
    call.emit("payout.created", payout)
    if arrived:
        call.emit("payout.paid", payout)
    return payout


def end_payout(call: Call, payout_id: str, outcome: str) -> Json:
    """The bank takes the money (`paid`) or sends it back (`failed`), which is a movement of its own.

    Raises:
        ApiError: the payout has failed already, or the outcome is unknown.
    """
    payout = call.load("payout", payout_id).data
    if outcome not in {"paid", "failed"} or payout["status"] == "failed":
        raise ApiError(f"A payout that is {payout['status']} cannot become {outcome}.", param="outcome")
    payout["status"] = outcome
    if outcome == "failed":
        back = record_movement(
            call,
            payout,
            kind="payout_failure",
            amount=payout["amount"],
            category="payout_reversal",
            instant=True,
        )
        payout.update(failure_balance_transaction=back["id"], failure_code="account_closed")
        payout["failure_message"] = "The bank account has been closed."
    call.store.update(payout)
    call.store.execute("UPDATE objects SET label = ? WHERE id = ?", (outcome, payout_id))
    call.emit(f"payout.{outcome}", payout)
    return payout


def retrieve_payout(call: Call, payout_id: str) -> Json:
    return call.load("payout", payout_id).data


def list_payouts(call: Call) -> Json:
    labels = [call.params["status"]] if "status" in call.params else []
    return list_objects(call, "payout", labels=labels)


def _mark(call: Call, movement_id: str, payout_id: str) -> None:
    record = call.load("balance_transaction", movement_id)
    call.store.update(record.data, hidden={**record.hidden, "payout": payout_id})


def _fields(call: Call, amount: int, currency: str, *, arrived: bool) -> Json:
    return {
        "amount": amount,
        "application_fee": None,
        "application_fee_amount": None,
        "arrival_date": call.at if arrived else call.at + _ARRIVAL_SECONDS,
        "automatic": True,
        "balance_transaction": None,
        "currency": currency,
        "description": "STRIPE PAYOUT",
        "destination": None,
        "failure_balance_transaction": None,
        "failure_code": None,
        "failure_message": None,
        "metadata": {},
        "method": "standard",
        "original_payout": None,
        "payout_method": None,
        "reconciliation_status": "completed",
        "reversed_by": None,
        "source_type": "card",
        "statement_descriptor": None,
        "status": "paid" if arrived else "in_transit",
        "trace_id": {"status": "pending", "value": None},
        "type": "bank_account",
    }


ROUTES = (
    Route("GET", "/v1/payouts", list_payouts),
    Route("GET", "/v1/payouts/{payout}", retrieve_payout),
)
