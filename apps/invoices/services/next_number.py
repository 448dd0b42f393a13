from __future__ import annotations

from datetime import datetime

from apps.accounts.models import Brand
from apps.invoices.enums import SeriesKind
from apps.invoices.errors import NumberRuleRefused
from apps.invoices.models import NumberSeries
from apps.invoices.numbering import counter_at

# A counter belongs to the rule's revision of now, and to the period in which the document is issued.
_SPEND = """
UPDATE invoices_numberseries SET next_value = next_value + 1
WHERE brand_id = %(brand)s AND livemode = %(livemode)s AND kind = %(kind)s
AND revision = coalesce((SELECT revision FROM invoices_numberrule
                         WHERE brand_id = %(brand)s AND kind = %(kind)s), 0)
AND time_zone IN ('', %(zone)s)
AND (starts_at IS NULL OR starts_at <= %(at)s) AND (ends_at IS NULL OR %(at)s < ends_at)
RETURNING *
"""
# A transaction that issues both takes credit notes first, in whichever order it numbers them: two orders
# would be a deadlock. So an invoice's number waits for that series, too.
_SPEND_INVOICE = """
WITH earlier AS MATERIALIZED (
    SELECT id FROM invoices_numberseries
    WHERE brand_id = %(brand)s AND livemode = %(livemode)s AND kind = %(first)s
    AND revision = coalesce((SELECT revision FROM invoices_numberrule
                             WHERE brand_id = %(brand)s AND kind = %(first)s), 0)
    AND time_zone IN ('', %(zone)s)
    AND (starts_at IS NULL OR starts_at <= %(at)s) AND (ends_at IS NULL OR %(at)s < ends_at)
    FOR NO KEY UPDATE
)
UPDATE invoices_numberseries SET next_value = next_value + 1
WHERE brand_id = %(brand)s AND livemode = %(livemode)s AND kind = %(kind)s
AND revision = coalesce((SELECT revision FROM invoices_numberrule
                         WHERE brand_id = %(brand)s AND kind = %(kind)s), 0)
AND time_zone IN ('', %(zone)s)
AND (starts_at IS NULL OR starts_at <= %(at)s) AND (ends_at IS NULL OR %(at)s < ends_at)
AND EXISTS (SELECT FROM earlier)
RETURNING *
"""
# A rule may change between beginning a counter and spending from it; then another one is begun.
_TRIES = 3


def next_number(*, brand: Brand, livemode: bool, kind: SeriesKind, at: datetime) -> tuple[NumberSeries, str]:
    """Spend the next number of a series: gapless, because a rollback gives it back.

    The series is that of the period in which `at` (UTC, the instant of issue) falls on the brand's local
    calendar; a new period begins a new counter. Must run in the transaction that finalises the document, and
    late in it: from here to the commit every other finalisation of the series waits for the row's lock.
    Series are locked in one order: credit notes, then invoices.

    Raises:
        NumberRuleRefused: the letters of the new counter belong to a series of another kind or mode (409).
    """
    for _ in range(_TRIES):
        series = _spend(brand, livemode, kind, at)
        if series is not None:
            return series, series.number_of(series.next_value - 1)
        _begin(brand, livemode, kind, at)
    raise NumberRuleRefused(f"The numbers of {kind} of {brand} would run into another series.")


def _spend(brand: Brand, livemode: bool, kind: SeriesKind, at: datetime) -> NumberSeries | None:
    # The UPDATE takes the lock and counts in one step; reading first would let two spend one number.
    statement = _SPEND_INVOICE if kind == SeriesKind.INVOICE else _SPEND
    values = {
        "brand": brand.pk,
        "livemode": livemode,
        "kind": kind.value,
        "first": SeriesKind.CREDIT_NOTE.value,
        "at": at,
        "zone": brand.default_time_zone,
    }
    return next(iter(NumberSeries.objects.raw(statement, values)), None)


def _begin(brand: Brand, livemode: bool, kind: SeriesKind, at: datetime) -> None:
    """Write the counters of the period, or take up those that have the same letters where they stand.

    Credit notes come first, as in spending: an insert waits for whoever is just writing the same row.
    """
    for each in dict.fromkeys([SeriesKind.CREDIT_NOTE, kind]):
        NumberSeries.objects.bulk_create(
            [counter_at(brand=brand, livemode=livemode, kind=each, at=at)],
            update_conflicts=True,
            unique_fields=["brand", "prefix"],
            update_fields=[
                "separator",
                "digits",
                "period",
                "starts_at",
                "ends_at",
                "time_zone",
                "revision",
            ],
        )
