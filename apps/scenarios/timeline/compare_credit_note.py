"""An expected credit note beside an issued one: amounts in major units."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from apps.invoices.models import CreditNote
from apps.pricing.exact import plain
from apps.pricing.money import Money
from apps.scenarios.timeline.compare_amounts import amount_differs, amounts_differ
from apps.scenarios.timeline.compare_breakdown import taxes_differ

Given = Mapping[str, Any]

AMOUNTS = {
    "subtotal": "subtotal_minor",
    "discount": "discount_minor",
    "tax": "tax_minor",
    "tax_included": "tax_included_minor",
    "total": "total_minor",
    "refund": "refund_minor",
    "balance": "balance_minor",
    "offset": "offset_minor",
}


def credit_note_differences(expected: Given, note: CreditNote) -> list[str]:
    """What differs; fields left out are not looked at. `net` is the subtotal less its discount."""
    differences = amounts_differ(expected, note, AMOUNTS)
    if "net" in expected:
        net = Money(note.subtotal_minor - note.discount_minor, note.currency)
        differences += amount_differs("net", expected["net"], net)
    return differences + taxes_differ(expected, note)


def credit_note_title(note: CreditNote) -> str:
    return f"a credit note of {note.currency} {plain(Money(note.total_minor, note.currency).major)}"
