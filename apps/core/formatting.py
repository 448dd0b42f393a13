"""Numbers, money and dates as a reader sees them; nothing here is used in arithmetic.

Pages, mails and documents share these functions, so one amount is written one way everywhere. Each takes
its locale as a BCP 47 or POSIX tag ("de", "en-GB"); an unknown tag reads as English.
"""

from __future__ import annotations

import copy
import re
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel import dates as babel_dates
from babel import numbers as babel_numbers

from apps.pricing.currencies import exponent

FALLBACK_LOCALE = "en"
# CLDR asks for a space between a letter code and a digit ("KWD 1.000"); Babel leaves it out.
_CODE_MEETS_DIGIT = re.compile(r"(?<=[A-Za-z])(?=\d)")
_NO_BREAK_SPACE = "\u00a0"
# As wide as a digit, so that negative amounts line up; a hyphen is not.
_MINUS = "\u2212"


@lru_cache(maxsize=256)
def parse_locale(tag: str) -> Locale:
    """Return the Babel locale of a tag, of its language alone, or English; never fails."""
    for candidate in (tag.replace("-", "_"), tag.replace("_", "-").split("-")[0]):
        try:
            return Locale.parse(candidate)
        except (ValueError, UnknownLocaleError):
            continue
    return Locale.parse(FALLBACK_LOCALE)


def format_money(amount_minor: int, currency: str, *, locale: str) -> str:
    """Write integer minor units of an ISO 4217 currency, with the digits that ISO gives the currency.

    Babel's own digit counts follow CLDR, which drops the minor unit of some currencies (ALL, LBP): ISO rules.
    """
    digits = exponent(currency)
    return _apply_currency(Decimal(amount_minor).scaleb(-digits), currency, locale, (digits, digits))


def format_unit_price(unit_amount: Decimal | str, currency: str, *, locale: str) -> str:
    """Write a price per unit in major units with every digit it has, and at least the currency's own."""
    amount = Decimal(unit_amount)
    digits = exponent(currency)
    return _apply_currency(amount, currency, locale, (digits, max(digits, _decimals(amount))))


def _apply_currency(amount: Decimal, currency: str, locale: str, digits: tuple[int, int]) -> str:
    parsed = parse_locale(locale)
    pattern = copy.copy(parsed.currency_formats["standard"])
    pattern.frac_prec = digits
    text: str = pattern.apply(amount, parsed, currency=currency, currency_digits=False)
    return _CODE_MEETS_DIGIT.sub(_NO_BREAK_SPACE, text).replace("-", _MINUS)


def _decimals(number: Decimal) -> int:
    """Count the decimals that carry information: 0.0500 has two."""
    places = number.normalize().as_tuple().exponent
    return max(0, -places) if isinstance(places, int) else 0


def format_quantity(quantity: Decimal | int | str, *, locale: str) -> str:
    """Write a quantity with grouping and every significant decimal, never rounded."""
    number = Decimal(quantity)
    text = babel_numbers.format_decimal(number, locale=parse_locale(locale), decimal_quantization=False)
    return str(text)


def format_percent(ratio: Decimal | int | str, *, locale: str, decimals: int = 1) -> str:
    """Write a ratio (0.25 is 25 %) with at most `decimals` decimals, half away from zero."""
    shown = (Decimal(ratio) * 100).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP) / 100
    text = babel_numbers.format_percent(shown, locale=parse_locale(locale), decimal_quantization=False)
    return str(text)


def format_day(value: date | datetime, *, locale: str, zone: str = "UTC", width: str = "medium") -> str:
    """Write a calendar day; an instant is taken as the day it is in `zone`."""
    day = value.astimezone(ZoneInfo(zone)).date() if isinstance(value, datetime) else value
    return str(babel_dates.format_date(day, width, locale=parse_locale(locale)))


def format_moment(value: datetime, *, locale: str, zone: str) -> str:
    """Write an instant to the minute in `zone`, and name the zone: "Nov 22, 2026, 7:50 PM (Kathmandu)"."""
    parsed, local = parse_locale(locale), value.astimezone(ZoneInfo(zone))
    day = babel_dates.format_date(local.date(), "medium", locale=parsed)
    time = babel_dates.format_time(local, "short", tzinfo=ZoneInfo(zone), locale=parsed)
    return f"{day}, {time} ({zone_name(zone, locale=locale)})"


def format_period(start: datetime, end: datetime, *, locale: str, zone: str) -> str:
    """Write a half-open period as the days a reader counts: [1 Nov, 1 Dec) is "Nov 1 - 30, 2026".

    The last day is the one that contains the last instant before `end` in `zone`.
    """
    parsed, tz = parse_locale(locale), ZoneInfo(zone)
    first = start.astimezone(tz).date()
    last = max(first, (end.astimezone(UTC) - timedelta(microseconds=1)).astimezone(tz).date())
    if first == last:
        return format_day(first, locale=locale)
    return str(babel_dates.format_interval(first, last, "yMMMd", locale=parsed))


def zone_name(zone: str, *, locale: str) -> str:
    """Name a zone by its city in the reader's language ("Wien" for Europe/Vienna in German)."""
    if zone.upper() in {"UTC", "ETC/UTC", "GMT"}:
        return "UTC"
    return str(
        babel_dates.get_timezone_location(ZoneInfo(zone), locale=parse_locale(locale), return_city=True)
    )
