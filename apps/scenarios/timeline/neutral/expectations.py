"""Expectations of a neutral case in our words.

There a total is what is left to pay once credits were taken, and what moves to or from the balance is a line.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from apps.pricing.exact import plain
from apps.scenarios.cases.vocabulary import Case

Values = Mapping[str, Any]

BALANCE_LINE = "credit_balance"
# These say again what others say.
_PROSE = frozenset({"effective_tax_percent"})
_INVOICE = {
    "issuing_date": "issued_on",
    "total": "payable",
    "credit_notes": "balance_applied",
    "prepaid_credits": "prepaid_applied",
}
# There a line's tax is its own, rounded alone.
_LINE = {"coupon_share": "exact_discount", "tax": "tax_alone"}
DRAFT = "draft"
_STATUS = {"finalized": "issued"}
_FINALIZE = "finalize_all"
_CREDIT_NOTE = {"item": "subtotal", "subtotal": "net", "credit": "balance", "coupon_adjustment": "discount"}
_CREDIT_NOTE_PROSE = frozenset({"calc", "coupon_calc", "tax_percent", "items"})


def expectations_in_ours(case: Case) -> list[dict[str, Any]]:
    """The entries of `expect` in their order."""
    entries = case["expect"]
    following = [*entries[1:], {"at": "9999"}]
    return [
        _expectation(entry) | {"at": _seen_at(entry, later, case)}
        for entry, later in zip(entries, following, strict=True)
    ]


def _seen_at(entry: Values, later: Values, case: Case) -> str:
    """When an entry is looked at: it tells what its invoices become that are made final the same day."""
    at: str = entry["at"]
    if not any("status" not in invoice for invoice in entry.get("invoices") or ()):
        return at
    final = [step["at"] for step in case["steps"] if step["do"] == _FINALIZE]
    return next((day for day in final if at < day < later["at"] and day[:10] == at[:10]), at)


def _expectation(entry: Values) -> dict[str, Any]:
    said = {name: value for name, value in entry.items() if name not in _ELSEWHERE}
    invoices = entry.get("invoices") or ()
    said["invoices"] = [_invoice(invoice) for invoice in invoices if invoice.get("status") != DRAFT]
    drafts = [invoice for invoice in invoices if invoice.get("status") == DRAFT]
    if drafts:
        said["drafts"] = [_invoice(draft) for draft in drafts]
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
    said["lines"] = [_line(line) for line in lines if line.get("type") != BALANCE_LINE]
    if moved > 0:
        said["balance_credited"] = plain(moved)
    elif moved < 0:
        said["balance_applied"] = plain(-moved)
    return said


def _line(line: Values) -> dict[str, Any]:
    return {_LINE.get(name, name): value for name, value in line.items()}


def _credit_note(note: Values) -> dict[str, Any]:
    return {
        _CREDIT_NOTE.get(name, name): value for name, value in note.items() if name not in _CREDIT_NOTE_PROSE
    }
