from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation

from django.db import transaction

from apps.core.errors import DomainError
from apps.core.models import ExchangeRate

COLUMNS = ("date", "base", "quote", "rate")


class ExchangeRatesInvalid(DomainError):
    code = "exchange_rates_invalid"
    status = 422
    title = "The exchange rates are not valid"


@dataclass(frozen=True, slots=True)
class ImportedRates:
    """How many rates were new, known with the same value, and refused because another value stands."""

    added: int
    known: int
    differing: tuple[ExchangeRate, ...]


@transaction.atomic
def import_exchange_rates(*, rows: Iterable[Mapping[str, str]], source: str) -> ImportedRates:
    """Keep what currencies bought, from rows of `date` (ISO), `base`, `quote`, `rate` (one base in quote).

    All rows or none. A rate that is known stays, whatever the file says: documents were issued with it.

    Raises:
        ExchangeRatesInvalid: a row lacks a column, or its date, currency or rate is none (422).
    """
    read = [_read(number, row, source) for number, row in enumerate(rows, start=2)]
    known = {
        (each.date, each.base, each.quote): each.rate
        for each in ExchangeRate.objects.filter(date__in={rate.date for rate in read})
    }
    new = {_key(rate): rate for rate in read if _key(rate) not in known}
    ExchangeRate.objects.bulk_create(new.values())
    met = [rate for rate in read if _key(rate) in known]
    differing = tuple(rate for rate in met if known[_key(rate)] != rate.rate)
    return ImportedRates(len(new), len(met) - len(differing), differing)


def _key(rate: ExchangeRate) -> tuple[date, str, str]:
    return rate.date, rate.base, rate.quote


def _read(number: int, row: Mapping[str, str], source: str) -> ExchangeRate:
    missing = [name for name in COLUMNS if not (row.get(name) or "").strip()]
    if missing:
        raise ExchangeRatesInvalid(f"Line {number} has no {', '.join(missing)}.", field=missing[0])
    try:
        day, rate = date.fromisoformat(row["date"].strip()), Decimal(row["rate"].strip())
    except (ValueError, InvalidOperation) as error:
        raise ExchangeRatesInvalid(
            f"Line {number}: write the date as 2026-01-31 and the rate as 1.0825.", field="rate"
        ) from error
    base, quote = row["base"].strip().upper(), row["quote"].strip().upper()
    if not rate.is_finite() or rate <= 0 or len(base) != 3 or len(quote) != 3 or base == quote:
        raise ExchangeRatesInvalid(
            f"Line {number}: a rate is above zero, of one currency (EUR) in another (USD).", field="rate"
        )
    return ExchangeRate(date=day, base=base, quote=quote, rate=rate, source=source)
