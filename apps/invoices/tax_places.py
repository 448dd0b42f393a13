"""In whose currency the taxes of a document are due, and what they come to there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from babel.numbers import get_territory_currencies

from apps.invoices.models import CreditNote, CreditNoteTax, Invoice, InvoiceTax
from apps.pricing.money import Money
from apps.pricing.rounding import rounded_units
from apps.taxes.enums import AppliedKind

# Sales tax is told in the currency of the invoice.
IN_LOCAL_CURRENCY = frozenset(set(AppliedKind) - {AppliedKind.SALES_TAX})


def currency_of(*, kind: str, jurisdiction: str, on: date) -> str:
    """The currency in which a tax is told to its place; empty where the place asks for none."""
    if kind not in IN_LOCAL_CURRENCY:
        return ""
    found = get_territory_currencies(jurisdiction.split("-")[0], on)
    return str(found[0]) if found else ""


def due_by_currency(taxes: Iterable[InvoiceTax | CreditNoteTax], at: datetime) -> Counter[str]:
    """The taxes of a document by the currency of the places that ask for it in their own, in their order.

    Minor units of the document's currency; `at` is the tax point (UTC).
    """
    due: Counter[str] = Counter()
    for tax in taxes:
        currency = currency_of(kind=tax.kind, jurisdiction=tax.jurisdiction, on=at.date())
        if tax.tax_minor and currency:
            due[currency] += tax.tax_minor
    return due


def local_share(note: CreditNote, invoice: Invoice) -> dict[str, Any] | None:
    """The note's part of the tax that the invoice told in local currency, at the same rate."""
    local = invoice.tax_facts.get("local")
    if not local:
        return None
    at, currency = invoice.finalized_at or note.issued_at, local["currency"]
    told, given = (due_by_currency(document.taxes.all(), at)[currency] for document in (invoice, note))
    if not told:
        return None
    whole = Money(local["tax_minor"], currency).major
    share = Money.from_exact(Fraction(whole) * given / told, currency)
    return {**local, "tax_minor": share.minor}


def local_amounts(
    taxes: Sequence[InvoiceTax | CreditNoteTax], local: dict[str, Any], *, currency: str, at: datetime
) -> dict[int, tuple[int, int]]:
    """What was taxed and its tax by the position of each tax that a document tells in local currency too.

    Minor units of the local currency: at the document's rate, and rounded so that the taxes sum to what
    the document tells. `currency` is the document's, `at` its tax point (UTC).
    """
    own = [
        tax
        for tax in taxes
        if currency_of(kind=tax.kind, jurisdiction=tax.jurisdiction, on=at.date()) == local["currency"]
    ]
    whole = sum(tax.tax_minor for tax in own)
    found: dict[int, tuple[int, int]] = {}
    so_far, rounded = 0, 0
    for tax in own:
        so_far += tax.tax_minor
        upto = rounded_units(Fraction(local["tax_minor"] * so_far, whole)) if whole else 0
        exact = Fraction(Money(tax.taxable_minor, currency).major) * Fraction(Decimal(local["rate"]))
        found[tax.position] = (Money.from_exact(exact, local["currency"]).minor, upto - rounded)
        rounded = upto
    return found
