from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.pricing.charge_price import parse_price
from apps.pricing.errors import PricingError
from apps.pricing.price import further_price, total_price
from apps.pricing.usage import Usage, usage_of_amounts

AMOUNTS = st.lists(st.integers(0, 10**7).map(lambda cents: Decimal(cents).scaleb(-2)), max_size=8)


def amounts(*texts: str) -> Usage:
    return usage_of_amounts([Decimal(text) for text in texts])


def price_of(usage: Usage, **parameters: Any) -> Decimal:
    price = parse_price(model="percentage", parameters={"rate_percent": "2"} | parameters, currency="EUR")
    return total_price(price, usage).exact


def sentences_of(usage: Usage, **parameters: Any) -> list[str]:
    price = parse_price(model="percentage", parameters={"rate_percent": "2"} | parameters, currency="EUR")
    return total_price(price, usage).trace.explain()


@pytest.mark.parametrize(
    ("events", "parameters", "price"),
    [
        ((), {}, "0"),
        (("100", "50"), {}, "3"),
        (("100", "50"), {"fixed_fee_per_event": "0.30"}, "3.60"),
        (("0",), {"fixed_fee_per_event": "0.30"}, "0.30"),
        # The number of free events is used up first, then the amount, then both are absent.
        (("10", "10", "10"), {"free_events": "2", "free_amount": "100"}, "0.20"),
        (("40", "70", "10"), {"free_events": "9", "free_amount": "100"}, "0.40"),
        (("40", "60", "10"), {"free_amount": "100", "fixed_fee_per_event": "1"}, "1.20"),
        (("40", "61"), {"free_amount": "100", "fixed_fee_per_event": "1"}, "1.02"),
        (("10", "10"), {"free_events": "0", "free_amount": "0"}, "0.40"),
        # Limits hold for rate and fee together, and never for a free event.
        (("10", "1000"), {"per_event_min": "1", "per_event_max": "5"}, "6"),
        (("10", "10"), {"per_event_min": "1", "free_events": "1"}, "1"),
        (("100",), {"fixed_fee_per_event": "3", "per_event_max": "4"}, "4"),
        # A refund takes its percentage back, without a fee.
        (("100", "-40"), {"fixed_fee_per_event": "1"}, "2.20"),
        (("100", "-400"), {}, "0"),
    ],
)
def test_percentage_price_of_events(events: tuple[str, ...], parameters: dict[str, str], price: str) -> None:
    assert price_of(amounts(*events), **parameters) == Decimal(price)


def test_percentage_of_a_bare_quantity_takes_it_for_one_event() -> None:
    assert price_of(Usage(Decimal(150)), fixed_fee_per_event="1") == 4
    assert price_of(Usage(Decimal(0)), fixed_fee_per_event="1") == 0


@pytest.mark.parametrize(
    ("parameters", "reads"),
    [
        ({}, frozenset()),
        ({"free_events": "0", "free_amount": None}, frozenset()),
        ({"fixed_fee_per_event": "1"}, frozenset({"amounts"})),
        ({"free_amount": "1"}, frozenset({"amounts"})),
        ({"per_event_max": "1"}, frozenset({"amounts"})),
    ],
)
def test_percentage_reads_events_only_when_their_sum_is_not_enough(
    parameters: dict[str, Any], reads: frozenset[str]
) -> None:
    price = parse_price(model="percentage", parameters={"rate_percent": "2"} | parameters, currency="EUR")

    assert price.model.reads == reads


def test_percentage_explains_allowance_fees_and_limits() -> None:
    usage = amounts("50", "60", "10", "1000")

    sentences = sentences_of(
        usage, fixed_fee_per_event="1", free_amount="100", per_event_min="1.10", per_event_max="12"
    )

    assert sentences == [
        "The first 1 event, worth €100.00, free of charge",
        "2% of €1,020.00: €20.40",
        "Fee for 3 events at €1.00 each: €3.00",
        "At most €12.00 for an event, lowered for 1 event: €9.00 taken off",
    ]


def test_percentage_explains_a_minimum_for_each_event() -> None:
    assert sentences_of(amounts("10", "20"), per_event_min="1") == [
        "2% of €30.00: €0.60",
        "At least €1.00 for an event, raised for 2 events: €1.40 added",
    ]


@pytest.mark.parametrize(
    ("parameters", "code", "field"),
    [
        ({"rate_percent": None}, "missing", "rate_percent"),
        ({"free_events": "1.5"}, "not_whole", "free_events"),
        ({"per_event_min": "3", "per_event_max": "2"}, "min_above_max", "per_event_min"),
        ({"free_units": "3"}, "unknown_parameter", "free_units"),
        ({"negative_quantity": "release_from_top_tier"}, "unfit_choice", "negative_quantity"),
    ],
)
def test_percentage_refuses_wrong_parameters(parameters: dict[str, Any], code: str, field: str) -> None:
    with pytest.raises(PricingError) as refusal:
        price_of(amounts("1"), **parameters)

    assert (refusal.value.code, refusal.value.field) == (code, field)


@given(AMOUNTS, AMOUNTS)
def test_percentage_of_further_events_sums_to_the_price_of_all(
    prior: list[Decimal], further: list[Decimal]
) -> None:
    parameters = {"rate_percent": "1.3", "fixed_fee_per_event": "2", "free_events": "3", "free_amount": "250"}
    price = parse_price(model="percentage", parameters=parameters, currency="EUR")
    before, whole = usage_of_amounts(prior), usage_of_amounts([*prior, *further])

    first = further_price(price, prior=Usage(Decimal(0)), whole=before).exact
    second = further_price(price, prior=before, whole=whole).exact

    assert Fraction(first) + Fraction(second) == Fraction(total_price(price, whole).exact)


@given(AMOUNTS)
def test_percentage_with_limits_stays_within_them_for_each_event(events: list[Decimal]) -> None:
    price = price_of(usage_of_amounts(events), per_event_min="0.5", per_event_max="9")

    assert len(events) * Fraction("0.5") <= Fraction(price) <= len(events) * 9
