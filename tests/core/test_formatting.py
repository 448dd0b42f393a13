from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from apps.core import formatting

NBSP, THIN = "\u00a0", "\u2009"


@pytest.mark.parametrize(
    ("amount_minor", "currency", "locale", "expected"),
    [
        (123450, "EUR", "en", "€1,234.50"),
        (123450, "EUR", "de", f"1.234,50{NBSP}€"),
        (0, "EUR", "en", "€0.00"),
        (-500, "EUR", "en", "−€5.00"),
        (500, "JPY", "en", "¥500"),
        (1005, "KWD", "en", f"KWD{NBSP}1.005"),
        # ISO 4217 gives the lek two decimals, CLDR none.
        (12345, "ALL", "en", f"ALL{NBSP}123.45"),
        (123456750, "INR", "en-IN", "₹12,34,567.50"),
        (100, "EUR", "xx-nonsense", "€1.00"),
    ],
)
def test_format_money_follows_currency_and_locale(
    amount_minor: int, currency: str, locale: str, expected: str
) -> None:
    assert formatting.format_money(amount_minor, currency, locale=locale) == expected


@pytest.mark.parametrize(
    ("unit_amount", "currency", "expected"),
    [
        ("49", "EUR", "€49.00"),
        ("0.00055", "EUR", "€0.00055"),
        ("0.0500", "EUR", "€0.05"),
        ("120", "JPY", "¥120"),
        ("0.4", "JPY", "¥0.4"),
        ("1E+2", "EUR", "€100.00"),
    ],
)
def test_format_unit_price_keeps_every_digit(unit_amount: str, currency: str, expected: str) -> None:
    assert formatting.format_unit_price(Decimal(unit_amount), currency, locale="en") == expected


def test_format_quantity_groups_and_never_rounds() -> None:
    assert formatting.format_quantity("1234567.000125", locale="en") == "1,234,567.000125"
    assert formatting.format_quantity("1234567.5", locale="de") == "1.234.567,5"


@pytest.mark.parametrize(
    ("ratio", "expected"), [("0.25", "25%"), ("0.0415", "4.2%"), ("0", "0%"), ("1.5", "150%")]
)
def test_format_percent_rounds_half_away_from_zero(ratio: str, expected: str) -> None:
    assert formatting.format_percent(ratio, locale="en") == expected


def test_format_day_of_an_instant_is_the_day_in_the_zone() -> None:
    instant = datetime(2026, 11, 30, 23, 30, tzinfo=UTC)

    assert formatting.format_day(instant, locale="en", zone="UTC") == "Nov 30, 2026"
    assert formatting.format_day(instant, locale="en", zone="Europe/Berlin") == "Dec 1, 2026"
    assert formatting.format_day(date(2026, 11, 30), locale="de", zone="Asia/Tokyo") == "30.11.2026"


def test_format_moment_names_the_zone_by_its_city() -> None:
    instant = datetime(2026, 11, 22, 14, 5, tzinfo=UTC)

    assert formatting.format_moment(instant, locale="de", zone="Europe/Vienna") == "22.11.2026, 15:05 (Wien)"
    assert formatting.format_moment(instant, locale="de", zone="UTC") == "22.11.2026, 14:05 (UTC)"


@pytest.mark.parametrize(
    ("start", "end", "zone", "expected"),
    [
        ("2026-11-01T00:00+00:00", "2026-12-01T00:00+00:00", "UTC", f"Nov 1{THIN}–{THIN}30, 2026"),
        ("2026-10-31T23:00+00:00", "2026-11-30T23:00+00:00", "Europe/Berlin", f"Nov 1{THIN}–{THIN}30, 2026"),
        ("2026-11-01T00:00+00:00", "2026-11-02T00:00+00:00", "UTC", "Nov 1, 2026"),
        ("2026-11-01T10:00+00:00", "2026-11-01T10:00+00:00", "UTC", "Nov 1, 2026"),
    ],
)
def test_format_period_shows_the_last_day_that_belongs_to_it(
    start: str, end: str, zone: str, expected: str
) -> None:
    first, last = datetime.fromisoformat(start), datetime.fromisoformat(end)

    assert formatting.format_period(first, last, locale="en", zone=zone) == expected
