"""What a chart shows: the same numbers for the drawing and for the table below it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from django.utils.translation import get_language

from apps.core.formatting import FALLBACK_LOCALE, format_money, format_percent, format_quantity
from apps.pricing.currencies import exponent

# Beyond five colours a reader cannot tell the lines apart; group the rest as "Other" before drawing.
MAXIMUM_SERIES = 5


class ChartKind(StrEnum):
    """How the numbers are drawn. STACKED is a bar chart whose parts add up."""

    LINE = "line"
    AREA = "area"
    BAR = "bar"
    STACKED = "stacked"


class Unit(StrEnum):
    """What a value is: MONEY in minor units of the chart's currency, RATIO where 0.25 is 25 %."""

    COUNT = "count"
    MONEY = "money"
    RATIO = "ratio"


@dataclass(frozen=True, slots=True)
class Series:
    """One line or set of bars; `values` runs parallel to the chart's labels, None where nothing is known."""

    name: str
    values: Sequence[int | Decimal | None]


@dataclass(frozen=True, slots=True)
class Chart:
    """A titled chart for `components/_chart.html`.

    `summary` says in one sentence what it shows, for readers who do not see it; `how` says how the numbers
    are computed. Raises ValueError for more than five series or for series of another length than the labels.
    """

    id: str
    title: str
    summary: str
    labels: Sequence[str]
    series: Sequence[Series]
    kind: ChartKind = ChartKind.LINE
    unit: Unit = Unit.COUNT
    currency: str = ""
    how: str = ""
    label_heading: str = "Period"

    def __post_init__(self) -> None:
        if len(self.series) > MAXIMUM_SERIES:
            raise ValueError(f"chart {self.id} has {len(self.series)} series; the most is {MAXIMUM_SERIES}")
        if any(len(series.values) != len(self.labels) for series in self.series):
            raise ValueError(f"chart {self.id} has a series of another length than its labels")

    @property
    def is_empty(self) -> bool:
        return not any(value for series in self.series for value in series.values)

    @property
    def data_id(self) -> str:
        """The element id of the JSON in the page."""
        return f"{self.id}-data"

    @property
    def rows(self) -> list[tuple[str, list[str]]]:
        """The table below the drawing: a label and each series' value as the reader's locale writes it."""
        columns = [[self._written(value) for value in series.values] for series in self.series]
        return [(label, [column[row] for column in columns]) for row, label in enumerate(self.labels)]

    @property
    def payload(self) -> dict[str, Any]:
        """The JSON that `static/js/charts.js` draws; decimals travel as strings."""
        return {
            "kind": self.kind.value,
            "unit": self.unit.value,
            "currency": self.currency,
            "exponent": exponent(self.currency) if self.currency else 0,
            "labels": list(self.labels),
            "series": [
                {"name": series.name, "values": [None if v is None else str(v) for v in series.values]}
                for series in self.series
            ],
        }

    def _written(self, value: int | Decimal | None) -> str:
        locale = get_language() or FALLBACK_LOCALE
        if value is None:
            return "–"
        if self.unit is Unit.MONEY:
            return format_money(int(value), self.currency, locale=locale)
        if self.unit is Unit.RATIO:
            return format_percent(value, locale=locale)
        return format_quantity(value, locale=locale)
