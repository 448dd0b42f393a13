"""An expected invoice beside an issued one: amounts in major units."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from apps.invoices.enums import InvoiceStatus
from apps.invoices.models import Invoice
from apps.pricing.exact import plain
from apps.pricing.money import Money
from apps.pricing.periods.wall_clock import local_day
from apps.scenarios.timeline.compare_amounts import amount_differs, amounts_differ
from apps.scenarios.timeline.compare_breakdown import discounts_differ, taxes_differ
from apps.scenarios.timeline.compare_lines import line_title, lines_differ

Given = Mapping[str, Any]

AMOUNTS = {
    "subtotal": "subtotal_minor",
    "discount": "discount_minor",
    "tax": "tax_minor",
    "tax_included": "tax_included_minor",
    "progressive_credit": "progressive_credit_minor",
    "total": "total_minor",
    "balance_credited": "balance_credited_minor",
    "balance_applied": "balance_applied_minor",
    "prepaid_applied": "prepaid_applied_minor",
    "owed": "due_minor",
}
ISSUED = "issued"
_NOT_ISSUED = (InvoiceStatus.DRAFT, InvoiceStatus.CLOSED)


def invoice_differences(expected: Given, invoice: Invoice, zone: str, *, loose: bool = False) -> list[str]:
    """What differs between an expected invoice and an issued one; fields left out are not looked at.

    A `loose` expectation is somebody else's: names of lines are prose, lines of zero may be left out on both
    sides, and the day of a period says nothing of the clock time.
    """
    differences = amounts_differ(expected, invoice, AMOUNTS)
    if "payable" in expected:
        payable = Money(_left_to_pay(invoice), invoice.currency)
        differences += amount_differs("payable", expected["payable"], payable)
    plain_fields = {
        "kind": expected.get("kind") if loose else "invoice",
        "status": ISSUED if _is(expected, ISSUED, invoice) else invoice.status,
        "currency": invoice.currency,
        "issued_on": invoice.finalized_at and local_day(invoice.finalized_at, zone).isoformat(),
    }
    for name, value in plain_fields.items():
        if name in expected and expected[name] != value:
            differences.append(f"{name}: expected {expected[name]}, found {value}")
    differences += discounts_differ(expected, invoice) + taxes_differ(expected, invoice)
    return differences + lines_differ(expected, invoice, zone, loose=loose)


def invoice_title(invoice: Invoice) -> str:
    total = Money(invoice.total_minor, invoice.currency)
    lines = "; ".join(line_title(line) for line in invoice.lines.all())
    return f"an invoice of {invoice.currency} {plain(total.major)} ({lines})"


def _is(expected: Given, status: str, invoice: Invoice) -> bool:
    return expected.get("status") == status and invoice.status not in _NOT_ISSUED


def _left_to_pay(invoice: Invoice) -> int:
    """In minor units, once the customer's balance and prepaid credit were taken."""
    return invoice.total_minor - invoice.balance_applied_minor - invoice.prepaid_applied_minor
