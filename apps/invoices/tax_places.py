"""In whose currency the taxes of a document are due."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from babel.numbers import get_territory_currencies

from apps.invoices.models import CreditNoteTax, InvoiceTax
from apps.taxes.enums import AppliedKind

# Sales tax is told in the currency of the invoice.
IN_LOCAL_CURRENCY = frozenset(set(AppliedKind) - {AppliedKind.SALES_TAX})


def due_by_currency(taxes: Iterable[InvoiceTax | CreditNoteTax], at: datetime) -> Counter[str]:
    """The taxes of a document by the currency of the places that ask for it in their own, in their order.

    Minor units of the document's currency; `at` is the tax point (UTC).
    """
    due: Counter[str] = Counter()
    for tax in taxes:
        if tax.tax_minor and tax.kind in IN_LOCAL_CURRENCY:
            country = tax.jurisdiction.split("-")[0]
            due[get_territory_currencies(country, at.date())[0]] += tax.tax_minor
    return due
