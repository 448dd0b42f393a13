"""The rows under the lines of a document: they add up from the first to the last in strong print."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from apps.core.formatting import format_day, format_money, format_percent
from apps.invoices.documents.labels import Labels
from apps.invoices.documents.settlement import settlement_rows

Snapshot = Mapping[str, Any]
_Row = dict[str, Any]
_DISCOUNT_LABELS = {"coupon": "discount", "promotional_credit": "promotional_credit"}


def total_rows(snapshot: Snapshot, labels: Labels) -> list[_Row]:
    """Return label, amount and whether it is in strong print, in the order of the arithmetic.

    Where all tax stands in the prices, its rows say what the total contains; where some does, they add up
    with a row that takes it off again.
    """
    rows = [_row(labels["subtotal"], snapshot["subtotal_minor"], snapshot), *_discounts(snapshot, labels)]
    taxes = _taxes(snapshot, labels)
    contained = bool(snapshot.get("tax_included_minor"))
    all_contained = contained and snapshot["tax_included_minor"] == snapshot["tax_minor"]
    progressive = _moved(snapshot, labels, ("progressive_credit", -1))
    credited = _moved(snapshot, labels, ("balance_credited", 1))
    total = _row(labels["total"], snapshot["total_minor"], snapshot, strong=True)
    if all_contained:
        rows += [*progressive, *credited, total, *taxes]
    else:
        in_prices = -(snapshot.get("tax_included_minor") or 0)
        taken_off = [_row(labels["tax_in_prices"], in_prices, snapshot)] if contained else []
        rows += [*progressive, *taxes, *taken_off, *credited, total]
    return [*rows, *_local_tax(snapshot, labels), *_settled(snapshot, labels)]


def _discounts(snapshot: Snapshot, labels: Labels) -> list[_Row]:
    """One row by name for each, and one for what has no name."""
    named = snapshot.get("discounts") or ()
    rows = [
        _row(
            f"{labels[_DISCOUNT_LABELS.get(each['source'], 'discount')]}: {each['name']}",
            -each["amount_minor"],
            snapshot,
        )
        for each in named
    ]
    rest = abs(snapshot.get("discount_minor") or 0) - sum(each["amount_minor"] for each in named)
    return [*rows, _row(labels["discount"], -rest, snapshot)] if rest else rows


def _taxes(snapshot: Snapshot, labels: Labels) -> list[_Row]:
    told = snapshot.get("taxes")
    if not told:
        return [_row(labels["tax"], snapshot["tax_minor"], snapshot)]
    contained = snapshot.get("tax_included_minor") == snapshot["tax_minor"] != 0
    text = labels["tax_contained" if contained else "tax_line"]
    return [
        _row(
            text.format(
                name=_tax_name(row, labels),
                percent=format_percent(Decimal(row["percent"]) / 100, locale=snapshot["locale"], decimals=6),
                amount=_money(row["taxable_minor"], snapshot),
            ),
            row["tax_minor"],
            snapshot,
        )
        for row in told
    ]


def _tax_name(row: Mapping[str, Any], labels: Labels) -> str:
    return labels["vat"] if row["kind"] == "vat" else row["name"] or labels["tax"]


def _local_tax(snapshot: Snapshot, labels: Labels) -> list[_Row]:
    local = snapshot.get("local_tax")
    if not local or local["currency"] == snapshot["currency"]:
        return []
    amount = format_money(local["tax_minor"], local["currency"], locale=snapshot["locale"])
    label = labels["local_tax"].format(currency=local["currency"])
    on = format_day(date.fromisoformat(local["on"]), locale=snapshot["locale"]) if local.get("on") else ""
    rate = ", ".join(text for text in (local.get("rate"), local.get("source"), on) if text)
    return [{"label": f"{label} ({rate})" if rate else label, "amount": amount, "strong": False}]


def _settled(snapshot: Snapshot, labels: Labels) -> list[_Row]:
    """How the total is paid; of a credit note, where it went."""
    if snapshot["kind"] == "credit_note":
        return [
            {"label": label, "amount": amount, "strong": False}
            for label, amount in settlement_rows(snapshot, labels)
        ]
    moved = [("balance_applied", -1), ("prepaid_applied", -1), ("credited", -1), ("amount_paid", -1)]
    due = _row(labels["amount_due"], snapshot["amount_due_minor"], snapshot, strong=True)
    return [*_moved(snapshot, labels, *moved), due]


def _moved(snapshot: Snapshot, labels: Labels, *names: tuple[str, int]) -> list[_Row]:
    """A row for each of these amounts that is not zero, with its sign as the reader counts."""
    return [
        _row(labels[name], sign * snapshot[f"{name}_minor"], snapshot)
        for name, sign in names
        if snapshot.get(f"{name}_minor")
    ]


def _row(label: str, amount_minor: int, snapshot: Snapshot, *, strong: bool = False) -> _Row:
    return {"label": label, "amount": _money(amount_minor, snapshot), "strong": strong}


def _money(amount_minor: int, snapshot: Snapshot) -> str:
    return format_money(amount_minor, snapshot["currency"], locale=snapshot["locale"])
