"""Expectations of a neutral case in our words.

There a total is what is left to pay once credits were taken, and what moves to or from the balance is a line.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from apps.pricing.exact import plain

Values = Mapping[str, Any]

BALANCE_LINE = "credit_balance"
# These say again what others say.
_PROSE = frozenset({"effective_tax_percent"})
_INVOICE = {"issuing_date": "issued_on", "total": "payable", "credit_notes": "balance_applied"}
_STATUS = {"finalized": "issued"}
_CREDIT_NOTE = {"item": "subtotal", "subtotal": "net", "credit": "balance", "coupon_adjustment": "discount"}
_CREDIT_NOTE_PROSE = frozenset({"calc", "coupon_calc", "tax_percent", "items"})


def expectation_in_ours(entry: Values) -> dict[str, Any]:
    """One entry of `expect`."""
    said = {name: value for name, value in entry.items() if name not in _ELSEWHERE}
    said["invoices"] = [_invoice(invoice) for invoice in entry.get("invoices") or ()]
    if "credit_notes" in entry:
        said["credit_notes"] = [_credit_note(note) for note in entry["credit_notes"]]
    if "credit_balance" in entry:
        said["balance"] = entry["credit_balance"]
    if "account_balance" in entry:
        said |= _account(Decimal(entry["account_balance"]))
    return said


_ELSEWHERE = frozenset({"invoices", "credit_notes", "credit_balance", "account_balance"})


def _account(balance: Decimal) -> dict[str, str]:
    """What an account owes less its credit; when invoices were paid is not told, so 0 says: no credit."""
    return {"owed": plain(balance)} if balance > 0 else {"balance": plain(abs(balance))}


def _invoice(invoice: Values) -> dict[str, Any]:
    said = {_INVOICE.get(name, name): value for name, value in invoice.items() if name not in _PROSE}
    if "status" in said:
        said["status"] = _STATUS.get(said["status"], said["status"])
    lines = said.get("lines")
    if lines is None:
        return said
    moved = sum((Decimal(line["amount"]) for line in lines if line.get("type") == BALANCE_LINE), Decimal(0))
    said["lines"] = [line for line in lines if line.get("type") != BALANCE_LINE]
    if moved > 0:
        said["balance_credited"] = plain(moved)
    elif moved < 0:
        said["balance_applied"] = plain(-moved)
    return said


def _credit_note(note: Values) -> dict[str, Any]:
    return {
        _CREDIT_NOTE.get(name, name): value for name, value in note.items() if name not in _CREDIT_NOTE_PROSE
    }
