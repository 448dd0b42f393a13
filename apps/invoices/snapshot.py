"""What a document shows: raw values from the frozen invoice, nothing that may still change."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from apps.invoices.enums import DocumentKind
from apps.invoices.models import CreditNote, CreditNoteLine, Invoice, InvoiceLine, TaxBreakdown
from apps.invoices.services.settle_balance import issue_key
from apps.invoices.tax_places import local_share
from apps.plans.enums import ChargeModel
from apps.pricing.periods.wall_clock import local_day
from apps.pricing.trace import Trace
from apps.wallets.selectors import movement_amount


@dataclass(frozen=True, slots=True)
class PaymentShown:
    """A payment as a receipt names it: local day, minor units, and words such as "Visa •••• 4242"."""

    paid_on: date
    amount_minor: int
    method: str


def document_snapshot(
    invoice: Invoice, *, kind: DocumentKind, payments: Iterable[PaymentShown] = ()
) -> dict[str, Any]:
    """The schema of `documents/README.md` for one invoice; dates are local days of its zone.

    An invoice document says what was due when it was issued, whenever it is first read, with what the
    customer's balance and prepaid credit paid at that moment; what was paid or credited since stands on the
    receipt.
    """
    is_receipt = kind == DocumentKind.RECEIPT
    paid = invoice.paid_minor if is_receipt else 0
    applied = invoice.balance_applied_minor if is_receipt else -movement_amount(issue_key(invoice))
    credited = invoice.credited_minor if is_receipt else 0
    return {
        **_shared(invoice, invoice),
        "kind": kind.value,
        "status": invoice.status if is_receipt else "open",
        "issued_on": _day(invoice.finalized_at, invoice.time_zone),
        "due_on": _day(invoice.due_at, invoice.time_zone),
        "period": None,
        "po_number": invoice.po_number,
        "collection_method": invoice.collection_method,
        "lines": [_line(line, invoice) for line in invoice.lines.all()],
        "discounts": [
            {"source": row.source, "name": row.name, "amount_minor": row.amount_minor}
            for row in invoice.discounts.all()
        ],
        "local_tax": invoice.tax_facts.get("local"),
        "progressive_credit_minor": invoice.progressive_credit_minor,
        "balance_credited_minor": invoice.balance_credited_minor,
        "balance_applied_minor": applied,
        "prepaid_applied_minor": invoice.prepaid_applied_minor,
        "credited_minor": credited,
        "amount_paid_minor": paid,
        "amount_due_minor": invoice.total_minor - applied - invoice.prepaid_applied_minor - credited - paid,
        "terms": invoice.terms,
        "payments": [
            {"paid_on": p.paid_on.isoformat(), "amount_minor": p.amount_minor, "method": p.method}
            for p in payments
        ],
    }


def credit_note_snapshot(note: CreditNote) -> dict[str, Any]:
    """The same schema for a credit note, in the language and the zone of the invoice that it corrects.

    What is to be refunded counts as due: the rest is settled by the note itself.
    """
    invoice = note.invoice
    positions = _note_positions(note, invoice)
    return {
        **_shared(note, invoice),
        "kind": DocumentKind.CREDIT_NOTE.value,
        "status": "open",
        "issued_on": _day(note.issued_at, invoice.time_zone),
        "due_on": None,
        "period": None,
        "po_number": invoice.po_number,
        "corrects": {"number": invoice.number, "issued_on": _day(invoice.finalized_at, invoice.time_zone)},
        "lines": [
            _credit_line(line, invoice, positions) for line in note.lines.select_related("invoice_line")
        ],
        "discounts": [],
        "local_tax": local_share(note, invoice),
        "settlement": {
            "offset_minor": note.offset_minor,
            "balance_minor": note.balance_minor,
            "refund_minor": note.refund_minor,
        },
        "amount_paid_minor": note.offset_minor + note.balance_minor,
        "amount_due_minor": note.refund_minor,
        "terms": "",
        "payments": [],
    }


def _shared(document: Invoice | CreditNote, invoice: Invoice) -> dict[str, Any]:
    """What an invoice and its credit note have in common."""
    return {
        "number": document.number,
        "currency": document.currency,
        "locale": invoice.locale,
        "seller": {**document.seller, "logo_png_base64": _logo(invoice)},
        "buyer": document.buyer,
        "taxes": [_tax(row) for row in document.taxes.all()],
        "subtotal_minor": document.subtotal_minor,
        "discount_minor": document.discount_minor,
        "tax_minor": document.tax_minor,
        "tax_included_minor": document.tax_included_minor,
        "total_minor": document.total_minor,
        "memo": document.memo,
        "test_mode": not document.livemode,
    }


def _note_positions(note: CreditNote, invoice: Invoice) -> dict[int, int]:
    """Which row of the note's taxes is which of its invoice's: lines name those of the invoice."""
    own = {_same_tax(row): row.position for row in note.taxes.all()}
    return {row.position: own[_same_tax(row)] for row in invoice.taxes.all() if _same_tax(row) in own}


def _same_tax(row: TaxBreakdown) -> tuple[str | Decimal, ...]:
    return (row.category, row.name, row.kind, row.jurisdiction, row.percent, row.note, row.registration)


def _tax(row: TaxBreakdown) -> dict[str, Any]:
    return {
        "position": row.position,
        "category": row.category,
        "name": row.name,
        "kind": row.kind,
        "jurisdiction": row.jurisdiction,
        "percent": _plain(row.percent),
        "taxable_minor": row.taxable_minor,
        "tax_minor": row.tax_minor,
        "note": row.note,
        "registration": row.registration,
    }


def line_explanation(line: InvoiceLine | CreditNoteLine, locale: str = "en") -> list[str]:
    """Why a line's amount is what it is, a sentence a step, from its stored trace."""
    return Trace.from_json(line.trace).explain(locale) if line.trace else []


def _line(line: InvoiceLine, invoice: Invoice) -> dict[str, Any]:
    parameters = line.snapshot.get("parameters", {})
    single = line.snapshot.get("model") in (ChargeModel.FLAT, ChargeModel.PER_UNIT)
    return {
        **_amounts(line, invoice),
        "quantity": _plain(line.quantity),
        "unit_name": line.unit_name,
        "unit_price": (parameters.get("unit_amount") or parameters.get("amount")) if single else None,
        "progressive_minor": line.progressive_minor,
        "discounts": line.discounts,
        "explanation": [] if single else line_explanation(line, invoice.locale),
    }


def _credit_line(line: CreditNoteLine, invoice: Invoice, positions: Mapping[int, int]) -> dict[str, Any]:
    taxes = [{**each, "tax": positions[each["tax"]]} for each in line.taxes if each["tax"] in positions]
    return {
        **_amounts(line, invoice),
        "taxes": taxes,
        "quantity": _plain(line.quantity) if line.quantity else None,
        "unit_name": line.invoice_line.unit_name,
        "unit_price": None,
        "progressive_minor": 0,
        "discounts": [],
        "explanation": line_explanation(line, invoice.locale),
    }


def _amounts(line: InvoiceLine | CreditNoteLine, invoice: Invoice) -> dict[str, Any]:
    return {
        "description": line.description,
        "unit_price_text": "",
        "amount_minor": line.amount_minor,
        "discount_minor": line.discount_minor,
        "tax_minor": line.tax_minor,
        "tax_included": line.tax_included,
        "tax_rate": _plain(line.tax_rate),
        "taxes": line.taxes,
        "period_start": _day(line.period_starts_at, invoice.time_zone),
        "period_end": _day(line.period_ends_at, invoice.time_zone),
    }


def _plain(number: Decimal) -> str:
    """Write a decimal without an exponent and without zeros at its end."""
    return f"{number.normalize():f}"


def _day(at: datetime | None, zone: str) -> str | None:
    return local_day(at, zone).isoformat() if at else None


def _logo(invoice: Invoice) -> str | None:
    # The logo is decoration, not part of what was agreed: it may be newer than the invoice.
    logo = invoice.brand.logo_png
    return base64.b64encode(bytes(logo)).decode() if logo else None
