"""How a document number is put together: a safe little language, parsed, never Python's `str.format`.

`{prefix}-{year}-{number:06d}` is ACME-2026-000017. The counter stands last, after a separator, so that the
digits at the end are the counter and nothing else: no two series with different beginnings share a number.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime

from apps.invoices.enums import SeriesReset
from apps.invoices.errors import NumberFormatInvalid
from apps.pricing.periods.wall_clock import local_day, start_of_day

DEFAULT_FORMAT = "{prefix}-{number:06d}"
YEARS = ("year", "yy", "next_yy")
_PIECE = re.compile(r"\{(?P<name>[a-z_]+)\}|(?P<text>[A-Za-z0-9/._-]+)")
_COUNTER = re.compile(r"(?P<separator>[/._-])\{number(?::0(?P<digits>[1-9])d)?\}")


@dataclass(frozen=True, slots=True)
class NumberFormat:
    """A parsed format: the pieces before the counter, what separates it, and its least number of digits."""

    pieces: tuple[tuple[str, str], ...]
    separator: str
    digits: int

    @property
    def tells_year(self) -> bool:
        return any(kind == "name" and value in YEARS for kind, value in self.pieces)

    def stem(self, *, prefix: str, year: int | None) -> str:
        """All that stands before the separator; `year` is the one in which the period begins."""
        values = {"prefix": prefix}
        if year is not None:
            values |= {"year": str(year), "yy": _two(year), "next_yy": _two(year + 1)}
        return "".join(values[value] if kind == "name" else value for kind, value in self.pieces)


@dataclass(frozen=True, slots=True)
class NumberPeriod:
    """The time in which one counter counts: [starts_at, ends_at) in UTC; without ends for ever."""

    label: str = ""
    year: int | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None


def parse_number_format(text: str) -> NumberFormat:
    """The parts of a format such as `{prefix}/{yy}-{next_yy}/{number:04d}`.

    `{prefix}` stands in it once, `{number}` once and last. `{year}` is the year in which the period begins,
    `{yy}` its last two digits and `{next_yy}` those of the year after.

    Raises:
        NumberFormatInvalid: anything else stands in it (422).
    """
    end = text.rfind("{number")
    counter = _COUNTER.fullmatch(text, pos=end - 1) if end > 0 else None
    if counter is None:
        raise NumberFormatInvalid(
            "A format ends with one of / . _ - and {number}, or {number:06d} for six digits.",
            field="number_format",
        )
    pieces = _pieces(text[: end - 1])
    if sum(piece == ("name", "prefix") for piece in pieces) != 1:
        raise NumberFormatInvalid("{prefix} stands in a format exactly once.", field="number_format")
    return NumberFormat(pieces, counter["separator"], int(counter["digits"] or 1))


def number_period(*, reset: SeriesReset, first_month: int, at: datetime, zone: str) -> NumberPeriod:
    """The period of an instant on the calendar of `zone`: a year that begins with `first_month` (1 to 12)."""
    if reset == SeriesReset.NEVER:
        return NumberPeriod()
    first = first_month if reset == SeriesReset.FINANCIAL_YEAR else 1
    day = local_day(at, zone)
    year = day.year if day.month >= first else day.year - 1
    return NumberPeriod(
        label=str(year) if first == 1 else f"{year}-{_two(year + 1)}",
        year=year,
        starts_at=start_of_day(date(year, first, 1), zone),
        ends_at=start_of_day(date(year + 1, first, 1), zone),
    )


def _pieces(text: str) -> tuple[tuple[str, str], ...]:
    pieces, place = [], 0
    while place < len(text):
        found = _PIECE.match(text, place)
        if found is None or (found["name"] and found["name"] not in ("prefix", *YEARS)):
            raise NumberFormatInvalid(
                "A format holds {prefix}, {year}, {yy}, {next_yy}, letters, digits and / . _ - only.",
                field="number_format",
            )
        pieces.append((found.lastgroup or "", found[found.lastgroup or 0]))
        place = found.end()
    return tuple(pieces)


def _two(year: int) -> str:
    return f"{year % 100:02d}"
