from __future__ import annotations

from decimal import Decimal

import pytest

from apps.core.charts import Chart, ChartKind, Series, Unit


def make_chart(**overrides: object) -> Chart:
    values: dict[str, object] = {
        "id": "mrr",
        "title": "MRR",
        "summary": "It grew.",
        "labels": ["Oct", "Nov"],
        "series": [Series("EUR", [100, 250])],
        "unit": Unit.MONEY,
        "currency": "EUR",
    }
    return Chart(**(values | overrides))  # type: ignore[arg-type]


def test_chart_table_shows_the_same_numbers_as_the_drawing() -> None:
    chart = make_chart(kind=ChartKind.STACKED)

    assert chart.rows == [("Oct", ["€1.00"]), ("Nov", ["€2.50"])]
    assert chart.payload == {
        "kind": "stacked",
        "unit": "money",
        "currency": "EUR",
        "exponent": 2,
        "labels": ["Oct", "Nov"],
        "series": [{"name": "EUR", "values": ["100", "250"]}],
    }


def test_chart_of_ratios_and_gaps_is_written_as_percent_and_dash() -> None:
    chart = make_chart(unit=Unit.RATIO, currency="", series=[Series("Churn", [Decimal("0.031"), None])])

    assert chart.rows == [("Oct", ["3.1%"]), ("Nov", ["–"])]
    assert chart.payload["series"][0]["values"] == ["0.031", None]


def test_chart_without_any_value_is_empty() -> None:
    assert make_chart(series=[Series("EUR", [0, None])]).is_empty
    assert not make_chart().is_empty


def test_chart_with_six_series_is_refused() -> None:
    with pytest.raises(ValueError, match="the most is 5"):
        make_chart(series=[Series(str(n), [1, 2]) for n in range(6)])


def test_chart_with_a_series_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="another length"):
        make_chart(series=[Series("EUR", [1])])
