"""The tax of an invoice in words for staff: its rows with the legal note, and what it was decided from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.dateparse import parse_datetime

from apps.core.formatting import format_money
from apps.invoices.enums import InvoiceStatus, TaxStatus
from apps.invoices.models import CreditNoteTax, Invoice, InvoiceTax
from apps.taxes.enums import CheckSource, CheckStatus, EvidenceKind
from apps.taxes.notes import NOTES


@dataclass(frozen=True, slots=True)
class TaxRow:
    """A row of the breakdown; `note` is the legal text that documents print."""

    row: InvoiceTax | CreditNoteTax
    note: str


def tax_rows(rows: Iterator[InvoiceTax] | Iterator[CreditNoteTax]) -> list[TaxRow]:
    return [TaxRow(row, NOTES.get(row.note, row.note)) for row in rows]


def waits_for_tax(invoice: Invoice) -> bool:
    return invoice.status == InvoiceStatus.DRAFT and invoice.tax_status == TaxStatus.WAITING


def fact_lines(invoice: Invoice) -> list[tuple[str, str]]:
    """What is kept of the decision: place, tax id, engine, the total in local currency."""
    return [*_place(invoice), *_tax_id(invoice), *_told(invoice)]


def _place(invoice: Invoice) -> Iterator[tuple[str, str]]:
    place = invoice.tax_facts.get("location") or {}
    if place.get("country"):
        agreeing = ", ".join(EvidenceKind(kind).label for kind in place.get("agreeing", ()))
        yield "Place", f"{place['country']} ({agreeing})" if agreeing else place["country"]
    for other in place.get("contradicting", ()):
        yield "Contradicted by", f"{EvidenceKind(other['kind']).label}: {other['country']}"


def _tax_id(invoice: Invoice) -> Iterator[tuple[str, str]]:
    known = invoice.tax_facts.get("tax_id")
    if not known:
        return
    status = known["status"]
    label = CheckStatus(status).label if status in CheckStatus.values else "Not checked"
    yield "Tax id", f"{known['number']}: {label}"
    if known.get("source"):
        answered = parse_datetime(known["answered_at"])
        day = f", {answered:%Y-%m-%d}" if answered else ""
        yield "Asked at", f"{CheckSource(known['source']).label}{day}"
    if known.get("consultation_number"):
        yield "Consultation", known["consultation_number"]


def _told(invoice: Invoice) -> Iterator[tuple[str, str]]:
    answer, local = invoice.tax_facts.get("answer"), invoice.tax_facts.get("local")
    if answer:
        yield "Tax service", str(answer.get("reference") or "answered")
    if local:
        amount = format_money(local["tax_minor"], local["currency"], locale="en")
        yield "In local currency", f"{amount} at {local['rate']} ({local['source']}, {local['on']})"
