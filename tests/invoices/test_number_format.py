from __future__ import annotations

from datetime import datetime

import pytest

from apps.invoices.enums import SeriesReset
from apps.invoices.errors import NumberFormatInvalid
from apps.invoices.number_format import number_period, parse_number_format
from tests.factories.billing import utc


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("{prefix}-{number:06d}", "AC-000017"),
        ("{prefix}-{number}", "AC-17"),
        ("{prefix}-{year}-{number:04d}", "AC-2026-0017"),
        ("{prefix}/{yy}-{next_yy}/{number:05d}", "AC/26-27/00017"),
        ("RE{year}.{prefix}_{number:03d}", "RE2026.AC_017"),
    ],
)
def test_format_writes_a_number(text: str, written: str) -> None:
    parsed = parse_number_format(text)

    number = f"{parsed.stem(prefix='AC', year=2026)}{parsed.separator}{17:0{parsed.digits}d}"

    assert number == written


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{number}",
        "{prefix}{number}",
        "{prefix}-{number}-{year}",
        "{prefix}-{number:06d}-{number:06d}",
        "{prefix}-{prefix}-{number}",
        "{year}-{number}",
        "{prefix}-{number:6d}",
        "{prefix}-{number:012d}",
        "{prefix}-{number!r}",
        "{prefix.__class__}-{number}",
        "{prefix}-{month}-{number}",
        "{prefix} -{number}",
        "{{prefix}}-{number}",
        "{prefix}-%(x)s-{number}",
    ],
)
def test_format_that_is_ambiguous_or_clever_is_refused(text: str) -> None:
    with pytest.raises(NumberFormatInvalid) as refused:
        parse_number_format(text)

    assert refused.value.field == "number_format"


@pytest.mark.parametrize(
    ("reset", "first_month", "at", "zone", "label", "starts_at", "ends_at"),
    [
        # In Berlin the year begins an hour before it does in UTC.
        (
            SeriesReset.YEARLY,
            1,
            utc(2026, 12, 31, 22, 59),
            "Europe/Berlin",
            "2026",
            utc(2025, 12, 31, 23),
            utc(2026, 12, 31, 23),
        ),
        (
            SeriesReset.YEARLY,
            1,
            utc(2026, 12, 31, 23),
            "Europe/Berlin",
            "2027",
            utc(2026, 12, 31, 23),
            utc(2027, 12, 31, 23),
        ),
        # India's financial year begins on 1 April at 00:00, UTC+5:30.
        (
            SeriesReset.FINANCIAL_YEAR,
            4,
            utc(2027, 3, 31, 18, 29),
            "Asia/Kolkata",
            "2026-27",
            utc(2026, 3, 31, 18, 30),
            utc(2027, 3, 31, 18, 30),
        ),
        (
            SeriesReset.FINANCIAL_YEAR,
            4,
            utc(2027, 3, 31, 18, 30),
            "Asia/Kolkata",
            "2027-28",
            utc(2027, 3, 31, 18, 30),
            utc(2028, 3, 31, 18, 30),
        ),
    ],
)
def test_period_is_told_by_the_local_calendar(
    reset: SeriesReset,
    first_month: int,
    at: datetime,
    zone: str,
    label: str,
    starts_at: datetime,
    ends_at: datetime,
) -> None:
    period = number_period(reset=reset, first_month=first_month, at=at, zone=zone)

    assert (period.label, period.starts_at, period.ends_at) == (label, starts_at, ends_at)


def test_series_without_reset_has_one_period_for_ever() -> None:
    period = number_period(reset=SeriesReset.NEVER, first_month=4, at=utc(2026, 5, 1), zone="UTC")

    assert (period.label, period.year, period.starts_at, period.ends_at) == ("", None, None, None)
