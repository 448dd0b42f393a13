from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from apps.invoices.enums import TaxStatus
from apps.invoices.models import Invoice, InvoiceLine, InvoiceTax
from apps.invoices.services.local_tax import local_tax
from apps.invoices.taking_back import TakingBack
from apps.invoices.tax_answers import asked_about, is_taxed_itself, kept_answer, tax_request
from apps.pricing.money import Money
from apps.pricing.rounding import kept_exact
from apps.pricing.tax_lines import LineRate, LineTax, TaxableLine, TaxRounding, tax_lines
from apps.taxes.engines.registry import engine_named
from apps.taxes.engines.tax_points import ask_by_tax_point
from apps.taxes.enums import Category
from apps.taxes.errors import TaxUnanswered
from apps.taxes.facts import tax_facts
from apps.taxes.treatment import Treatment


@dataclass(frozen=True, slots=True)
class _Tax:
    """One tax of a document, as its breakdown names it."""

    category: str
    name: str
    kind: str
    jurisdiction: str
    percent: Decimal
    note: str
    registration: str


def tax_draft(
    *,
    invoice: Invoice,
    lines: Sequence[InvoiceLine],
    at: datetime,
    taking: TakingBack,
    registered: bool = True,
) -> bool:
    """Put tax on the lines of a draft, net of their discounts; whether it has an answer.

    Writes the taxes of the invoice and the fields of both, which the caller saves. What is rounded together
    is the brand's policy; the lines' parts sum to it. A line that takes back a part of another follows that
    one's taxes, whatever has changed since, and of a line of the same draft those of now. Without an answer
    the draft is marked as waiting, with the reason; what was worked out of it is an estimate. A brand that is
    not `registered` anywhere sells outside tax, if its rates are in its own tables. Runs in the caller's
    transaction.
    """
    is_remote = engine_named(invoice.customer.brand.tax_engine).is_remote
    # What was taxed, or waited, before the last registration or the service went is worked out once more.
    was_taxed = invoice.tax_status != TaxStatus.NOT_NEEDED or any(line.taxes for line in lines)
    if not (registered or is_remote or was_taxed or any(line.credits_line_id for line in lines)):
        return True
    try:
        taxed = _taxes_of(invoice, lines, at)
        _write(invoice, lines, taxed, taking.taxes(invoice.currency), at)
    except TaxUnanswered as unanswered:
        invoice.tax_status, invoice.tax_problem = TaxStatus.WAITING, str(unanswered)[:300]
        return False
    invoice.tax_status = TaxStatus.SETTLED if any(taxed) else TaxStatus.NOT_NEEDED
    invoice.tax_problem = ""
    return True


def _taxes_of(invoice: Invoice, lines: Sequence[InvoiceLine], at: datetime) -> list[list[_Tax]]:
    treatments = iter(_own_treatments(invoice, lines, at))
    own = {line.pk: _named(next(treatments)) for line in lines if is_taxed_itself(line)}
    taken_back = {line.credits_line_id for line in lines if line.credits_line_id is not None}
    known = own | _followed(list(taken_back - own.keys()))
    return [known.get(line.pk if is_taxed_itself(line) else line.credits_line_id or 0, []) for line in lines]


def _own_treatments(invoice: Invoice, lines: Sequence[InvoiceLine], at: datetime) -> list[Treatment]:
    """How each line is taxed that takes nothing back, in their order.

    Raises:
        TaxUnanswered: it cannot be known yet, or a service over the network has not answered.
    """
    request = tax_request(invoice, lines, at)
    engine = engine_named(request.brand.tax_engine)
    if not request.lines:
        return []
    if not engine.is_remote:
        return list(ask_by_tax_point(engine, request).treatments)
    kept = kept_answer(invoice, request)
    if kept is None:
        refusal = invoice.tax_facts.get("refusal", {})
        is_of_this = refusal.get("asked_about") == asked_about(request)
        raise TaxUnanswered(refusal["problem"] if is_of_this else "The tax service is being asked.")
    return kept


def _named(treatment: Treatment) -> list[_Tax]:
    if treatment.category == Category.OUTSIDE_SCOPE and not treatment.note:
        return []
    told = {"note": treatment.note, "registration": treatment.registration}
    if not treatment.rates:
        return [_Tax(treatment.category, "", "", "", Decimal(0), **told)]
    return [
        _Tax(treatment.category, rate.name, rate.kind, rate.jurisdiction, rate.percent, **told)
        for rate in treatment.rates
    ]


def _followed(line_ids: Sequence[int]) -> dict[int, list[_Tax]]:
    """The taxes of lines that other invoices billed before."""
    if not line_ids:
        return {}
    billed = InvoiceLine.objects.filter(pk__in=line_ids).only("pk", "invoice_id", "taxes")
    rows = InvoiceTax.objects.filter(invoice__in={line.invoice_id for line in billed})
    known = {(row.invoice_id, row.position): _of_row(row) for row in rows}
    return {line.pk: [known[line.invoice_id, each["tax"]] for each in line.taxes] for line in billed}


def _of_row(row: InvoiceTax) -> _Tax:
    return _Tax(row.category, row.name, row.kind, row.jurisdiction, row.percent, row.note, row.registration)


def _write(
    invoice: Invoice,
    lines: Sequence[InvoiceLine],
    taxed: Sequence[Sequence[_Tax]],
    taken_back: Mapping[int, Sequence[Fraction]],
    at: datetime,
) -> None:
    positions = {
        tax: at for at, tax in enumerate(dict.fromkeys(t for taxes in taxed for t in taxes), start=1)
    }
    currency = invoice.currency
    worked_out = tax_lines(
        [
            _taxable_line(line, taxes, taken_back.get(line.pk), currency)
            for line, taxes in zip(lines, taxed, strict=True)
        ],
        currency,
        TaxRounding(invoice.customer.brand.tax_rounding),
    )
    for line, taxes, parts in zip(lines, taxed, worked_out, strict=True):
        _write_line(line, [(positions[tax], tax.percent) for tax in taxes], parts)
    rows = [
        InvoiceTax(
            invoice=invoice,
            position=position,
            taxable_minor=sum(line.net_minor for line, own in zip(lines, taxed, strict=True) if tax in own),
            tax_minor=sum(each["minor"] for line in lines for each in line.taxes if each["tax"] == position),
            category=tax.category,
            name=tax.name,
            kind=tax.kind,
            jurisdiction=tax.jurisdiction,
            percent=tax.percent,
            note=tax.note,
            registration=tax.registration,
        )
        for tax, position in positions.items()
    ]
    invoice.taxes.all().delete()
    InvoiceTax.objects.bulk_create(rows)
    invoice.tax_facts = _facts(invoice, rows, at)


def _facts(invoice: Invoice, rows: Sequence[InvoiceTax], at: datetime) -> dict[str, Any]:
    """What the tax was decided from, and what else the document must tell; what was known before stays."""
    known = {key: value for key, value in invoice.tax_facts.items() if key != "local"}
    if rows:
        known |= tax_facts(invoice.customer)
    local = local_tax(invoice=invoice, taxes=rows, at=at)
    return known | {"local": local} if local else known


def _taxable_line(
    line: InvoiceLine, taxes: Sequence[_Tax], taken_back: Sequence[Fraction] | None, currency: str
) -> TaxableLine:
    rates = tuple(LineRate(tax, tax.percent) for tax in taxes)
    if taken_back is None:
        return TaxableLine(_taxable(line, currency), rates, line.tax_included)
    amount = Money(line.amount_minor - line.discount_minor, currency)
    unit = Fraction(Money(1, currency).major)
    return TaxableLine(
        Fraction(amount.major), rates, line.tax_included, tuple(-unit * tax for tax in taken_back)
    )


def _taxable(line: InvoiceLine, currency: str) -> Fraction:
    """What is taxed of a line, in major units; its exact discount counts, where that is not rounded."""
    amount = Money(line.amount_minor - line.progressive_minor, currency)
    return Fraction(amount.major) - Fraction(line.exact_discount)


def _write_line(line: InvoiceLine, taxes: Sequence[tuple[int, Decimal]], parts: Sequence[LineTax]) -> None:
    line.taxes = [
        {
            "tax": position,
            "percent": str(percent),
            "exact": str(kept_exact(part.exact)),
            "minor": part.money.minor,
        }
        for (position, percent), part in zip(taxes, parts, strict=True)
    ]
    line.tax_rate = sum((percent for _, percent in taxes), Decimal(0))
    line.tax_minor = sum(part.money.minor for part in parts)
