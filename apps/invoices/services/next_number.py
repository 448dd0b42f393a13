from __future__ import annotations

from django.db.models import F

from apps.accounts.models import Brand
from apps.invoices.enums import SeriesKind
from apps.invoices.models import NumberSeries

_MARKS = {SeriesKind.INVOICE: "", SeriesKind.CREDIT_NOTE: "CN"}


def next_number(*, brand: Brand, livemode: bool, kind: SeriesKind) -> tuple[NumberSeries, str]:
    """Spend the next number of a series: gapless, because a rollback gives it back.

    Must run in the transaction that finalises the document, and late in it: from here to the
    commit every other finalisation of the series waits for the row's lock.
    """
    series, _ = NumberSeries.objects.get_or_create(
        brand=brand,
        livemode=livemode,
        kind=kind,
        defaults={"prefix": series_prefix(brand, livemode=livemode, kind=kind)},
    )
    # The UPDATE takes the lock and counts in one step; reading first would let two spend one number.
    NumberSeries.objects.filter(pk=series.pk).update(next_value=F("next_value") + 1)
    series.refresh_from_db(fields=["next_value"])
    return series, f"{series.prefix}-{series.next_value - 1:06d}"


def series_prefix(brand: Brand, *, livemode: bool, kind: SeriesKind) -> str:
    """The series' own letters: the brand's, and a mark for test mode and for credit notes."""
    parts = (brand.invoice_prefix, "" if livemode else "TEST", _MARKS[kind])
    return "-".join(part for part in parts if part)
