from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from babel.numbers import get_territory_currencies

from apps.core.models import ExchangeRate
from apps.invoices.models import Invoice
from apps.pricing.money import Money
from apps.taxes.enums import AppliedKind
from apps.taxes.errors import TaxUnanswered

# Sales tax is told in the currency of the invoice.
IN_LOCAL_CURRENCY = frozenset(set(AppliedKind) - {AppliedKind.SALES_TAX})
OLDEST = timedelta(days=31)


def local_tax(
    *, invoice: Invoice, jurisdiction: str, kind: str, tax_minor: int, at: datetime
) -> dict[str, Any]:
    """A document's tax in the currency of the place where it is due, as the law asks; {} if it is the same.

    VAT Directive 2006/112, article 230; likewise the United Kingdom, Switzerland and India. The rate is the
    latest of the tax point's day in the brand's zone or before, at most a month old.

    Raises:
        TaxUnanswered: nobody said what the currency bought: the draft waits.
    """
    local = _currency_of(jurisdiction, at) if kind in IN_LOCAL_CURRENCY and tax_minor else invoice.currency
    if local == invoice.currency:
        return {}
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


def _currency_of(jurisdiction: str, at: datetime) -> str:
    country = jurisdiction.split("-")[0]
    return get_territory_currencies(country, at.date())[0]
