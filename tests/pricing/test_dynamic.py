from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from apps.pricing.charge_price import parse_price
from apps.pricing.errors import PricingError
from apps.pricing.price import total_price
from apps.pricing.trace import Trace
from apps.pricing.usage import Usage, usage_of_amounts

EVENTS = usage_of_amounts([Decimal("0.402"), Decimal("7")])
METERED = {"dynamic_price": "metered_amount_times_multiplier"}


def priced(usage: Usage, **parameters: Any) -> tuple[Decimal, Trace]:
    total = total_price(parse_price(model="dynamic", parameters=parameters, currency="EUR"), usage)
    return total.exact, total.trace


@pytest.mark.parametrize(
    ("usage", "parameters", "price"),
    [
        (EVENTS, {}, "7.402"),
        (EVENTS, {"multiplier": "1.5"}, "11.103"),
        # The meter counts something else: its value is only shown.
        (Usage(Decimal(900), amounts=[Decimal(3)]), {}, "3"),
        (Usage(Decimal(900), amounts=[Decimal(3)]), METERED, "900"),
        (Usage(Decimal(10)), {"multiplier": "1.33333", **METERED}, "13.3333"),
        (Usage(Decimal(0)), {}, "0"),
        (usage_of_amounts([Decimal(5), Decimal(-9)]), {}, "0"),
    ],
)
def test_dynamic_price_is_what_events_carry_times_the_multiplier(
    usage: Usage, parameters: dict[str, str], price: str
) -> None:
    assert priced(usage, **parameters)[0] == Decimal(price)


def test_dynamic_price_is_explained() -> None:
    assert priced(EVENTS)[1].explain() == ["2 events with prices of their own: €7.402"]
    assert priced(EVENTS, multiplier="2")[1].explain() == [
        "2 events with prices of their own: €7.402",
        "€7.402 times 2: €14.804",
    ]


def test_dynamic_price_reads_events_unless_the_meter_has_the_amount() -> None:
    by_event, metered = (
        parse_price(model="dynamic", parameters=parameters, currency="EUR").model
        for parameters in ({}, METERED)
    )

    assert (by_event.reads, metered.reads) == (frozenset({"amounts"}), frozenset())


def test_dynamic_price_below_zero_is_refused_where_the_policy_says_so() -> None:
    with pytest.raises(PricingError) as refusal:
        priced(usage_of_amounts([Decimal(-1)]), negative_quantity="error")

    assert refusal.value.code == "negative_quantity"
