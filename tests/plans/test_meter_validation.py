from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from apps.plans.meter_validation import meter_faults

METER: dict[str, Any] = {
    "code": "api_calls",
    "name": "API calls",
    "event_name": "api.call",
    "aggregation": "sum",
    "value_property": "count",
}
MATCH = {"property": "region", "values": ["eu"]}


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({"aggregation": "median"}, "aggregation"),
        ({"value_property": ""}, "value_property"),
        ({"aggregation": "count"}, "value_property"),
        ({"aggregation": "count", "value_property": "", "value_expression": "a"}, "value_expression"),
        ({"value_expression": "a"}, "value_expression"),
        ({"value_property": "", "value_expression": "a +"}, "value_expression"),
        ({"aggregation": "unique_count", "value_expression": "a"}, "value_expression"),
        ({"aggregation": "unique_count", "value_property": ""}, "value_property"),
        ({"unique_mode": "add_remove"}, "unique_mode"),
        ({"unique_mode": "sometimes"}, "unique_mode"),
        ({"aggregation": "max", "carries_over": True}, "carries_over"),
        ({"aggregation": "percentile"}, "percentile"),
        ({"aggregation": "percentile", "percentile": Decimal("100.01")}, "percentile"),
        ({"percentile": Decimal(95)}, "percentile"),
        ({"rounding": "sideways"}, "rounding"),
        ({"rounding": "up", "rounding_precision": 13}, "rounding_precision"),
        ({"rounding_precision": 2}, "rounding_precision"),
        ({"late_usage": "maybe"}, "late_usage"),
        ({"late_usage": "ignored", "late_usage_periods": 2}, "late_usage_periods"),
        ({"late_usage_periods": 1001}, "late_usage_periods"),
        ({"code": "a b"}, "code"),
        ({"name": ""}, "name"),
        ({"filters": {"region": "eu"}}, "filters"),
        ({"filters": [{"property": "region"}]}, "filters[0]"),
        ({"filters": [{"property": "region", "values": []}]}, "filters[0].values"),
        ({"filters": [{"property": "region", "values": [1]}]}, "filters[0].values"),
        ({"filters": [{"exclude": []}]}, "filters[0].exclude"),
        ({"filters": [MATCH, {"exclude": [MATCH, {"property": ""}]}]}, "filters[1].exclude[1]"),
        ({"filters": [MATCH | {"exclude": [MATCH]}]}, "filters[0]"),
        ({"group_by": ["region", "region"]}, "group_by"),
    ],
)
def test_meter_fault_names_its_field(fields: dict[str, Any], place: str) -> None:
    assert [fault.field for fault in meter_faults(METER | fields)] == [place]


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"aggregation": "count", "value_property": "", "carries_over": True},
        {"value_property": "", "value_expression": "a + 3 * coalesce(b, 0)"},
        {"aggregation": "unique_count", "unique_mode": "add_remove", "carries_over": True},
        {"aggregation": "percentile", "percentile": Decimal("99.9")},
        {"rounding": "down", "rounding_precision": -2},
        {"late_usage": "correction", "late_usage_periods": 0},
        {"filters": [MATCH, {"exclude": [MATCH, MATCH]}]},
    ],
)
def test_meter_that_fits_has_no_fault(fields: dict[str, Any]) -> None:
    assert list(meter_faults(METER | fields)) == []


def test_expression_fault_tells_the_position() -> None:
    (fault,) = meter_faults(METER | {"value_property": "", "value_expression": "tokens + * 3"})

    assert fault.message == "A number or a property is missing before '*' at position 10."
