"""Rows as CSV: streamed, and without the formulas that a spreadsheet would run."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.http import StreamingHttpResponse

from apps.pricing.currencies import exponent

# A cell that begins with one of these is a formula to some spreadsheet; the last four are full-width forms.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its heading, and what a row has in it; by itself the row's attribute of that name."""

    heading: str
    value: Callable[[Any], Any] | None = None

    def of(self, row: Any) -> Any:
        return getattr(row, self.heading) if self.value is None else self.value(row)


def major(amount_minor: int, currency: str) -> Decimal:
    """An amount in major units, exactly: 1999 minor units of EUR are 19.99."""
    return Decimal(amount_minor).scaleb(-exponent(currency))


def cell(value: Any) -> str:
    """A value as a spreadsheet reads it back: numbers plain, instants in UTC, text never a formula."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | Decimal):
        return f"{value:f}" if isinstance(value, Decimal) else str(value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    text = str(value)
    return f"'{text}" if text.lstrip(" ").startswith(FORMULA_STARTS) else text


def csv_answer(name: str, columns: Sequence[Column], rows: Iterable[Any]) -> StreamingHttpResponse:
    """A download `name.csv` in UTF-8, written as the rows come."""
    answer = StreamingHttpResponse(_lines(columns, rows), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return answer


def _lines(columns: Sequence[Column], rows: Iterable[Any]) -> Iterator[str]:
    yield _line([column.heading for column in columns])
    for row in rows:
        yield _line([cell(column.of(row)) for column in columns])


def _line(cells: list[str]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer).writerow(cells)
    return buffer.getvalue()
