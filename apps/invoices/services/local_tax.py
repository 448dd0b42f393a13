from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from apps.core.models import ExchangeRate
from apps.invoices.models import Invoice, InvoiceTax
from apps.invoices.tax_places import due_by_currency
from apps.pricing.money import Money
from apps.taxes.errors import TaxUnanswered

OLDEST = timedelta(days=31)


def local_tax(*, invoice: Invoice, taxes: Sequence[InvoiceTax], at: datetime) -> dict[str, Any]:
    """A document's tax in the currency of the place where it is due, as the law asks; {} if it is the same.

    Of a document with taxes of several places those count that are due in that currency; of several foreign
    currencies the first is told. VAT Directive 2006/112, article 230; likewise the United Kingdom,
    Switzerland and India. The rate is the latest of the tax point's day in the brand's zone or before, at
    most a month old.

    Raises:
        TaxUnanswered: nobody said what the currency bought: the draft waits.
    """
    owed = due_by_currency(taxes, at)
    local = next((currency for currency in owed if owed[currency] and currency != invoice.currency), None)
    if local is None:
        return {}
    tax_minor = owed[local]
    day = at.astimezone(ZoneInfo(invoice.customer.brand.default_time_zone)).date()
    row = (
        ExchangeRate.objects.filter(base=invoice.currency, quote=local, date__lte=day, date__gte=day - OLDEST)
        .order_by("-date")
        .first()
    )
    if row is None:
        raise TaxUnanswered(
            f"The tax is to be told in {local} too: import the exchange rate of {invoice.currency} for {day}."
        )
    exact = Fraction(Money(tax_minor, invoice.currency).major) * Fraction(row.rate)
    return {
        "currency": local,
        "tax_minor": Money.from_exact(exact, local).minor,
        "rate": str(Decimal(row.rate).normalize()),
        "source": row.source,
        "on": row.date.isoformat(),
    }
