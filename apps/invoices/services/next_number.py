from __future__ import annotations

from apps.accounts.models import Brand
from apps.invoices.enums import SeriesKind
from apps.invoices.models import NumberSeries

_SPEND = """
UPDATE invoices_numberseries SET next_value = next_value + 1
WHERE brand_id = %(brand)s AND livemode = %(livemode)s AND kind = %(kind)s RETURNING *
"""
# A transaction that issues both takes credit notes first, in whichever order it numbers them: two orders
# would be a deadlock. So an invoice's number waits for that series, too.
_SPEND_INVOICE = """
WITH earlier AS MATERIALIZED (
    SELECT id FROM invoices_numberseries
    WHERE brand_id = %(brand)s AND livemode = %(livemode)s AND kind = %(first)s FOR NO KEY UPDATE
)
UPDATE invoices_numberseries SET next_value = next_value + 1
WHERE brand_id = %(brand)s AND livemode = %(livemode)s AND kind = %(kind)s AND EXISTS (SELECT FROM earlier)
RETURNING *
"""
_MARKS = {SeriesKind.INVOICE: "", SeriesKind.CREDIT_NOTE: "CN"}


def next_number(*, brand: Brand, livemode: bool, kind: SeriesKind) -> tuple[NumberSeries, str]:
    """Spend the next number of a series: gapless, because a rollback gives it back.

    Must run in the transaction that finalises the document, and late in it: from here to the
    commit every other finalisation of the series waits for the row's lock. Series are locked in one order:
    credit notes, then invoices.
    """
    series = _spend(brand, livemode, kind) or _begin(brand, livemode, kind)
    return series, f"{series.prefix}-{series.next_value - 1:06d}"


def _spend(brand: Brand, livemode: bool, kind: SeriesKind) -> NumberSeries | None:
    # The UPDATE takes the lock and counts in one step; reading first would let two spend one number.
    statement = _SPEND_INVOICE if kind == SeriesKind.INVOICE else _SPEND
    values = {
        "brand": brand.pk,
        "livemode": livemode,
        "kind": kind.value,
        "first": SeriesKind.CREDIT_NOTE.value,
    }
    return next(iter(NumberSeries.objects.raw(statement, values)), None)


def _begin(brand: Brand, livemode: bool, kind: SeriesKind) -> NumberSeries:
    for each in dict.fromkeys([SeriesKind.CREDIT_NOTE, kind]):
        NumberSeries.objects.get_or_create(
            brand=brand,
            livemode=livemode,
            kind=each,
            defaults={"prefix": series_prefix(brand, livemode=livemode, kind=each)},
        )
    begun = _spend(brand, livemode, kind)
    if begun is None:
        raise NumberSeries.DoesNotExist(f"the series of {kind} was not begun")
    return begun


def series_prefix(brand: Brand, *, livemode: bool, kind: SeriesKind) -> str:
    """The series' own letters: the brand's, and a mark for test mode and for credit notes."""
    parts = (brand.invoice_prefix, "" if livemode else "TEST", _MARKS[kind])
    return "-".join(part for part in parts if part)
