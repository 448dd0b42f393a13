from __future__ import annotations

from collections.abc import Sequence

from apps.invoices.models import CreditNoteLine, CreditNoteTax, Invoice


def credit_taxes(*, invoice: Invoice, lines: Sequence[CreditNoteLine]) -> list[CreditNoteTax]:
    """The tax breakdown of a credit note to be, without a note: rows of its invoice, with what is given back.

    Positive minor units of the invoice's currency; the lines' parts of a tax sum to it.
    """
    if not any(line.taxes for line in lines):
        return []
    rows: list[CreditNoteTax] = []
    for tax in invoice.taxes.all():
        own = [(line, each) for line in lines for each in line.taxes if each["tax"] == tax.position]
        if not own:
            continue
        rows.append(
            CreditNoteTax(
                position=len(rows) + 1,
                category=tax.category,
                name=tax.name,
                kind=tax.kind,
                jurisdiction=tax.jurisdiction,
                percent=tax.percent,
                taxable_minor=sum(_net(line) for line, _ in own),
                tax_minor=sum(each["minor"] for _, each in own),
                note=tax.note,
                registration=tax.registration,
            )
        )
    return rows


def _net(line: CreditNoteLine) -> int:
    included = line.tax_minor if line.tax_included else 0
    return line.amount_minor - line.discount_minor - included
