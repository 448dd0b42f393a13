"""From a snapshot's raw values to the texts of a document; the only place where documents format anything."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from apps.core.formatting import format_day, format_money, format_period, format_quantity, format_unit_price
from apps.core.theme import WHITE, accent_for
from apps.invoices.documents.glyphs import printable
from apps.invoices.documents.labels import Labels, labels_for, language_of
from apps.invoices.documents.legal_notes import tax_note
from apps.invoices.documents.totals import total_rows

Snapshot = Mapping[str, Any]

_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_MARKED_STATUSES = ("draft", "void", "uncollectible")


def document_content(snapshot: Snapshot, *, kind: str) -> dict[str, Any]:
    """Return everything the Typst template prints, as texts in the snapshot's locale.

    Args:
        snapshot: see README.md beside this module; amounts in minor units, dates in ISO 8601.
        kind: "invoice", "credit_note" or "receipt".
    """
    labels = labels_for(snapshot["locale"])
    seller, tax_ids = snapshot["seller"], _tax_ids(snapshot)
    buyer_tax_id = snapshot["buyer"].get("tax_id") or ""
    content = {
        "kind": kind,
        "language": language_of(snapshot["locale"]),
        "labels": dict(labels),
        "title": labels[kind],
        "number": snapshot["number"] or "",
        "accent": accent_for(seller.get("colour") or "", WHITE).text,
        "mark": _mark(snapshot, labels),
        "test": bool(snapshot.get("test_mode")),
        "headline": _headline(snapshot, labels, kind),
        "facts": _facts(snapshot, labels, kind),
        "seller": _party(seller, seller["legal_name"], tax_ids, labels),
        "buyer": _party(snapshot["buyer"], snapshot["buyer"]["name"], buyer_tax_id, labels),
        "lines": [_line(line, snapshot, labels) for line in snapshot["lines"]],
        "totals": total_rows(snapshot, labels),
        "payments": _payments(snapshot),
        "notes": _notes(snapshot, labels),
        "footer": _footer(seller, tax_ids, labels),
    }
    printed: dict[str, Any] = _printable(content)
    # Bytes of an image are no text: they join after the character check.
    printed["logo"] = _logo(seller.get("logo_png_base64"))
    return printed


def _mark(snapshot: Snapshot, labels: Labels) -> str:
    return labels[snapshot["status"]] if snapshot["status"] in _MARKED_STATUSES else ""


def _headline(snapshot: Snapshot, labels: Labels, kind: str) -> str:
    if kind == "credit_note" or snapshot["status"] in _MARKED_STATUSES:
        return labels["total_headline"].format(amount=_money(snapshot["total_minor"], snapshot))
    if kind == "receipt" or (snapshot["amount_due_minor"] == 0 and snapshot["amount_paid_minor"]):
        return _paid_headline(snapshot, labels)
    amount = _money(snapshot["amount_due_minor"], snapshot)
    if snapshot.get("due_on"):
        return labels["due_headline"].format(amount=amount, date=_day(snapshot["due_on"], snapshot, "long"))
    return labels["due_headline_undated"].format(amount=amount)


def _paid_headline(snapshot: Snapshot, labels: Labels) -> str:
    amount = _money(snapshot["amount_paid_minor"], snapshot)
    paid_on = _last_paid_on(snapshot)
    if paid_on is None:
        return labels["paid_headline"].format(amount=amount)
    return labels["paid_headline_dated"].format(amount=amount, date=_day(paid_on, snapshot, "long"))


def _last_paid_on(snapshot: Snapshot) -> str | None:
    return max((payment["paid_on"] for payment in snapshot.get("payments", ())), default=None)


def _facts(snapshot: Snapshot, labels: Labels, kind: str) -> list[list[str]]:
    number = "credit_note_number" if kind == "credit_note" else "invoice_number"
    corrects = snapshot.get("corrects") or {}
    facts = [
        (labels[number], snapshot["number"]),
        (labels["corrects"], corrects.get("number")),
        (labels["issued_on"], _day(snapshot.get("issued_on"), snapshot, "long")),
        (labels["due_on"], "" if kind != "invoice" else _day(snapshot.get("due_on"), snapshot, "long")),
        (labels["paid_on"], "" if kind != "receipt" else _day(_last_paid_on(snapshot), snapshot, "long")),
        (labels["period"], _period(snapshot.get("period"), snapshot)),
        (labels["po_number"], snapshot.get("po_number")),
    ]
    return [[label, str(value)] for label, value in facts if value]


def _tax_ids(snapshot: Snapshot) -> str:
    """The seller's numbers that the document is taxed under, or the one of the brand."""
    told = dict.fromkeys(row.get("registration") or "" for row in snapshot.get("taxes") or ())
    return ", ".join(number for number in told if number) or snapshot["seller"].get("tax_id") or ""


def _party(party: Mapping[str, Any], name: str, tax_id: str, labels: Labels) -> dict[str, Any]:
    details = [*party.get("address", ()), party.get("email") or ""]
    if tax_id:
        details.append(f"{labels['tax_id']} {tax_id}")
    return {"name": name, "details": [detail for detail in details if detail]}


def _line(line: Mapping[str, Any], snapshot: Snapshot, labels: Labels) -> dict[str, Any]:
    gross = labels["price_includes_tax"] if line.get("tax_included") else ""
    period = _period({"start": line.get("period_start"), "end": line.get("period_end")}, snapshot)
    return {
        "description": line["description"],
        "details": [text for text in (period, gross, *line.get("explanation", ())) if text],
        "quantity": _quantity(line.get("quantity"), snapshot),
        "unit_price": _unit_price(line, snapshot),
        "amount": _money(line["amount_minor"], snapshot),
    }


def _quantity(quantity: str | int | None, snapshot: Snapshot) -> str:
    return "" if quantity in (None, "") else format_quantity(quantity, locale=snapshot["locale"])


def _unit_price(line: Mapping[str, Any], snapshot: Snapshot) -> str:
    """A single unit price is formatted; tiers have none and bring a word of their own ("tiered")."""
    if line.get("unit_price") in (None, ""):
        return str(line.get("unit_price_text") or "")
    return format_unit_price(line["unit_price"], snapshot["currency"], locale=snapshot["locale"])


def _payments(snapshot: Snapshot) -> list[dict[str, str]]:
    return [
        {
            "paid_on": _day(payment["paid_on"], snapshot, "long"),
            "method": payment["method"],
            "amount": _money(payment["amount_minor"], snapshot),
        }
        for payment in snapshot.get("payments", ())
    ]


def _notes(snapshot: Snapshot, labels: Labels) -> list[list[str]]:
    legal = dict.fromkeys(tax_note(row, snapshot) for row in snapshot.get("taxes") or ())
    notes = [
        (labels["tax"], "\n".join(text for text in legal if text)),
        (labels["memo"], snapshot.get("memo")),
        (labels["terms"], snapshot.get("terms")),
        (labels["bank_transfer"], _bank(snapshot, labels)),
    ]
    return [[label, text] for label, text in notes if text]


def _bank(snapshot: Snapshot, labels: Labels) -> str:
    """Where to pay, on an invoice that waits for the customer's transfer."""
    bank = snapshot["seller"].get("bank") or {}
    waits = snapshot.get("collection_method") == "send_invoice" and snapshot["amount_due_minor"] > 0
    if snapshot["kind"] != "invoice" or not bank.get("iban") or not waits:
        return ""
    named = [("IBAN", _grouped(bank["iban"])), ("BIC", bank.get("bic")), ("", bank.get("name"))]
    told = [f"{label} {text}".strip() for label, text in named if text]
    return "\n".join([*told, f"{labels['reference']}: {snapshot['number']}"])


def _grouped(iban: str) -> str:
    return " ".join(iban[at : at + 4] for at in range(0, len(iban), 4))


def _footer(seller: Mapping[str, Any], tax_ids: str, labels: Labels) -> str:
    tax_id = f"{labels['tax_id']} {tax_ids}" if tax_ids else ""
    return " · ".join(part for part in (seller["legal_name"], tax_id, seller.get("email")) if part)


def _money(amount_minor: int, snapshot: Snapshot) -> str:
    return format_money(amount_minor, snapshot["currency"], locale=snapshot["locale"])


def _day(value: str | None, snapshot: Snapshot, width: str) -> str:
    return format_day(date.fromisoformat(value[:10]), locale=snapshot["locale"], width=width) if value else ""


def _period(period: Mapping[str, Any] | None, snapshot: Snapshot) -> str:
    """Print a half-open period. Plain dates count as whole days, instants as days in the snapshot's zone."""
    if not period or not period.get("start") or not period.get("end"):
        return ""
    start, end, zone = str(period["start"]), str(period["end"]), str(snapshot.get("zone") or "UTC")
    if "T" not in start:
        start, end, zone = f"{start}T00:00:00+00:00", f"{end}T00:00:00+00:00", "UTC"
    first, last = datetime.fromisoformat(start), datetime.fromisoformat(end)
    last = max(last, first + timedelta(microseconds=1))
    return format_period(first, last, locale=snapshot["locale"], zone=zone)


def _logo(encoded: str | None) -> list[int] | None:
    """Return the logo's bytes, or None when it is no PNG: a broken upload must not stop an invoice."""
    try:
        logo = base64.b64decode(encoded or "", validate=True)
    except (binascii.Error, ValueError):
        return None
    return list(logo) if logo.startswith(_PNG_SIGNATURE) else None


def _printable(value: Any) -> Any:
    """Make every text in the content printable, however deep it lies."""
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, list):
        return [_printable(item) for item in value]
    if isinstance(value, dict):
        return {key: _printable(item) for key, item in value.items()}
    return value
