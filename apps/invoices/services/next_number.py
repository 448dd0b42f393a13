from __future__ import annotations

from apps.accounts.models import Brand
from apps.invoices.enums import SeriesKind
from apps.invoices.models import NumberSeries

_SPEND = """
UPDATE invoices_numberseries SET next_value = next_value + 1
WHERE brand_id = %s AND livemode = %s AND kind = %s RETURNING *
"""
_MARKS = {SeriesKind.INVOICE: "", SeriesKind.CREDIT_NOTE: "CN"}


def next_number(*, brand: Brand, livemode: bool, kind: SeriesKind) -> tuple[NumberSeries, str]:
    """Spend the next number of a series: gapless, because a rollback gives it back.

    Must run in the transaction that finalises the document, and late in it: from here to the
    commit every other finalisation of the series waits for the row's lock.
    """
    series = _spend(brand, livemode, kind) or _begin(brand, livemode, kind)
    return series, f"{series.prefix}-{series.next_value - 1:06d}"


def _spend(brand: Brand, livemode: bool, kind: SeriesKind) -> NumberSeries | None:
    # The UPDATE takes the lock and counts in one step; reading first would let two spend one number.
    return next(iter(NumberSeries.objects.raw(_SPEND, [brand.pk, livemode, kind.value])), None)


def _begin(brand: Brand, livemode: bool, kind: SeriesKind) -> NumberSeries:
    NumberSeries.objects.get_or_create(
        brand=brand,
        livemode=livemode,
        kind=kind,
        defaults={"prefix": series_prefix(brand, livemode=livemode, kind=kind)},
    )
    return NumberSeries.objects.raw(_SPEND, [brand.pk, livemode, kind.value])[0]


def series_prefix(brand: Brand, *, livemode: bool, kind: SeriesKind) -> str:
    """The series' own letters: the brand's, and a mark for test mode and for credit notes."""
    parts = (brand.invoice_prefix, "" if livemode else "TEST", _MARKS[kind])
    return "-".join(part for part in parts if part)
