"""What a document shows: raw values from the frozen invoice, nothing that may still change."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from apps.invoices.enums import DocumentKind
from apps.invoices.models import CreditNoteLine, Invoice, InvoiceLine
from apps.invoices.services.settle_balance import issue_key
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
    customer's balance paid at that moment; what was paid or credited since stands on the receipt.
    """
    is_receipt = kind == DocumentKind.RECEIPT
    paid = invoice.paid_minor if is_receipt else 0
    applied = invoice.balance_applied_minor if is_receipt else -movement_amount(issue_key(invoice))
    credited = invoice.credited_minor if is_receipt else 0
    return {
        "kind": kind.value,
        "number": invoice.number,
        "status": invoice.status if kind == DocumentKind.RECEIPT else "open",
        "currency": invoice.currency,
        "locale": invoice.locale,
        "issued_on": _day(invoice.finalized_at, invoice.time_zone),
        "due_on": _day(invoice.due_at, invoice.time_zone),
        "period": None,
        "seller": {**invoice.seller, "logo_png_base64": _logo(invoice)},
        "buyer": invoice.buyer,
        "po_number": invoice.po_number,
        "lines": [_line(line, invoice) for line in invoice.lines.all()],
        "subtotal_minor": invoice.subtotal_minor,
        "discount_minor": invoice.discount_minor,
        "tax_minor": invoice.tax_minor,
        "progressive_credit_minor": invoice.progressive_credit_minor,
        "balance_credited_minor": invoice.balance_credited_minor,
        "total_minor": invoice.total_minor,
        "balance_applied_minor": applied,
        "credited_minor": credited,
        "amount_paid_minor": paid,
        "amount_due_minor": invoice.total_minor - applied - credited - paid,
        "terms": invoice.terms,
        "memo": invoice.memo,
        "payments": [
            {"paid_on": p.paid_on.isoformat(), "amount_minor": p.amount_minor, "method": p.method}
            for p in payments
        ],
        "test_mode": not invoice.livemode,
    }


def line_explanation(line: InvoiceLine | CreditNoteLine, locale: str = "en") -> list[str]:
    """Why a line's amount is what it is, a sentence a step, from its stored trace."""
    return Trace.from_json(line.trace).explain(locale) if line.trace else []


def _line(line: InvoiceLine, invoice: Invoice) -> dict[str, Any]:
    parameters = line.snapshot.get("parameters", {})
    single = line.snapshot.get("model") in (ChargeModel.FLAT, ChargeModel.PER_UNIT)
    return {
        "description": line.description,
        "quantity": f"{line.quantity.normalize():f}",
        "unit_price": (parameters.get("unit_amount") or parameters.get("amount")) if single else None,
        "unit_price_text": "",
        "amount_minor": line.amount_minor,
        "period_start": _day(line.period_starts_at, invoice.time_zone),
        "period_end": _day(line.period_ends_at, invoice.time_zone),
        "explanation": [] if single else line_explanation(line, invoice.locale),
    }


def _day(at: datetime | None, zone: str) -> str | None:
    return local_day(at, zone).isoformat() if at else None


def _logo(invoice: Invoice) -> str | None:
    # The logo is decoration, not part of what was agreed: it may be newer than the invoice.
    logo = invoice.brand.logo_png
    return base64.b64encode(bytes(logo)).decode() if logo else None
