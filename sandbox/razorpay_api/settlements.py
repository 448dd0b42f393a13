"""Lines of the balance, and the settlements that pay them out."""

from __future__ import annotations

from sandbox.ids import random_text
from sandbox.messages import Json
from sandbox.razorpay_api.objects import Call, RazorpayError, indian_day, new_id, page_of, shown


def record_line(call: Call, subject: Json, *, kind: str, of: Json, credit: int = 0, debit: int = 0) -> None:
    """A movement of the balance: `subject` is what it is about, `of` the payment behind it."""
    is_payment = kind == "payment"
    line = {
        **call.new("line"),
        "entity_id": new_id("adjustment") if kind == "adjustment" else subject["id"],
        "type": kind,
        "credit": credit,
        "debit": debit,
        "amount": subject["amount"],
        "currency": of["currency"],
        "fee": subject["fee"] if is_payment else 0,
        "tax": subject["tax"] if is_payment else 0,
        "on_hold": False,
        "settled": False,
        "settled_at": None,
        "settlement_id": None,
        "settlement_utr": None,
        "description": of.get("description"),
        "notes": of["notes"],
        "payment_id": None if is_payment else of["id"],
        "order_id": of["order_id"],
        "dispute_id": subject["id"] if subject["entity"] == "dispute" else None,
        "method": of["method"],
    }
    call.store.insert(line, parent=of["id"], label=kind)


def report(call: Call) -> Json:
    """The lines of a year, a month or a day of India: by their settlement, or by their own time before it."""
    wanted: dict[str, int] = {
        name: int(call.params[name]) for name in ("year", "month", "day") if name in call.params
    }
    if not {"year", "month"} <= set(wanted):
        raise RazorpayError("The month field is required.", field="month")
    records = [record for record in call.all("line") if _is_in(record.data, wanted)]
    return page_of(call, records)


def _is_in(line: Json, wanted: dict[str, int]) -> bool:
    day = indian_day(line["settled_at"] or line["created_at"])
    return all(getattr(day, name) == value for name, value in wanted.items())


def list_settlements(call: Call) -> Json:
    return page_of(call, call.all("settlement"))


def fetch_settlement(call: Call, settlement_id: str) -> Json:
    return shown(call.load("settlement", settlement_id).data)


def settle(call: Call) -> Json:
    """Pay out all that waits."""
    waiting = [record.data for record in call.all("line") if not record.data["settled"]]
    amount = sum(line["credit"] - line["debit"] for line in waiting)
    if amount <= 0:
        raise RazorpayError("There is nothing to settle.")
    settlement = {
        **call.new("settlement"),
        "amount": amount,
        "status": "processed",
        "fees": sum(line["fee"] for line in waiting),
        "tax": sum(line["tax"] for line in waiting),
        "utr": random_text(16),
    }
    call.store.insert(settlement)
    for line in waiting:
        line.update(
            settled=True,
            settled_at=call.at,
            settlement_id=settlement["id"],
            settlement_utr=settlement["utr"],
        )
        call.store.update(line)
    call.emit("settlement.processed", settlement=settlement)
    return shown(settlement)


ROUTES = (
    ("GET", "/settlements", list_settlements),
    ("GET", "/settlements/recon/combined", report),
    ("GET", "/settlements/{settlement}", fetch_settlement),
)
