from __future__ import annotations

from dataclasses import replace

import pytest

from apps.core.errors import FieldError
from apps.plans.terms import PriceTerms, VersionTerms, canonical_parameters
from apps.plans.validation import fallback_faults, version_faults

BASE = PriceTerms(code="base", name="Base fee", currency="EUR", parameters={"amount": "29.00"})
USAGE = PriceTerms(
    code="calls",
    name="API calls",
    currency="EUR",
    model="graduated",
    parameters={
        "tiers": [
            {"up_to": "1000", "unit_amount": "0"},
            {"up_to": None, "unit_amount": "0.002"},
        ]
    },
    quantity_source="meter",
    meter="api_calls",
    timing="in_arrears",
)
TIERS = USAGE.parameters
RATES = {"tiers": [{"up_to": None, "rate_percent": "1"}]}


def places(terms: VersionTerms, *, is_free: bool = False) -> list[tuple[str | None, str]]:
    faults = version_faults(terms, is_free=is_free, meters={"api_calls"})
    return [(fault.field, fault.code) for fault in faults]


def test_version_with_sound_prices_has_no_faults() -> None:
    assert places(VersionTerms(prices=(BASE, USAGE), trial_days=14)) == []


def test_metered_price_may_be_billed_in_advance_event_by_event() -> None:
    at_once = replace(USAGE, timing="in_advance", interval="week")

    # It is no fee for a period: its cadence need not fit into that of the fees.
    assert places(VersionTerms(prices=(BASE, at_once))) == []


def test_version_without_prices_is_refused() -> None:
    assert places(VersionTerms(prices=())) == [("prices", "missing")]


def test_parameters_fault_names_the_path_of_the_tier() -> None:
    tiers = [{"up_to": "10", "unit_amount": "1"}, {"up_to": "10", "unit_amount": "2"}]
    broken = replace(USAGE, parameters={"tiers": tiers})

    assert places(VersionTerms(prices=(BASE, broken))) == [
        ("prices[1].parameters.tiers[1].up_to", "tiers_not_ascending")
    ]


@pytest.mark.parametrize(
    ("price", "place", "code"),
    [
        (replace(BASE, parameters={"amount": 29.0}), "parameters.amount", "float_refused"),
        (replace(BASE, parameters={"amount": "-1"}), "parameters.amount", "negative"),
        (replace(BASE, parameters={"amout": "1"}), "parameters.amout", "unknown_parameter"),
        (replace(BASE, currency="XXX"), "currency", "unknown_currency"),
        (replace(BASE, model="auction"), "model", "unknown_model"),
        (replace(BASE, code="two words"), "code", "invalid_code"),
        (replace(BASE, name=" "), "name", "invalid_name"),
        (replace(BASE, interval="fortnight"), "interval", "unknown_choice"),
        (replace(BASE, interval_count=0), "interval_count", "out_of_range"),
        (replace(BASE, timing="never"), "timing", "unknown_choice"),
        (replace(BASE, quantity_source="guess"), "quantity_source", "unknown_choice"),
        (replace(BASE, meter="api_calls"), "meter", "not_metered"),
        (replace(USAGE, meter=None), "meter", "missing"),
        (replace(USAGE, meter="nothing"), "meter", "unknown_meter"),
        (
            replace(USAGE, timing="in_advance", model="volume", parameters=TIERS),
            "timing",
            "known_at_period_end",
        ),
        (
            replace(USAGE, timing="in_advance", parameters={**TIERS, "minimum_amount": "5"}),
            "parameters.minimum_amount",
            "known_at_period_end",
        ),
        (replace(USAGE, usage_proration="hourly"), "usage_proration", "unknown_choice"),
        (replace(BASE, usage_proration="active_days"), "usage_proration", "unfit_choice"),
        (
            replace(USAGE, usage_proration="active_days", model="graduated_percentage", parameters=RATES),
            "usage_proration",
            "unfit_choice",
        ),
        (replace(BASE, model="dynamic", parameters={}), "model", "needs_meter"),
        (
            replace(BASE, parameters={"amount": "1", "minimum_amount": "3", "maximum_amount": "2"}),
            "parameters.minimum_amount",
            "min_above_max",
        ),
        (
            replace(BASE, parameters={"amount": "1", "pricing_unit": {"code": "credits"}}),
            "parameters.pricing_unit.rate",
            "missing",
        ),
    ],
)
def test_price_fault_names_its_field(price: PriceTerms, place: str, code: str) -> None:
    assert places(VersionTerms(prices=(price,))) == [(f"prices[0].{place}", code)]


def test_free_plan_with_an_amount_is_refused_at_the_amount() -> None:
    free = replace(BASE, parameters={"amount": "0.00"})

    assert places(VersionTerms(prices=(free,)), is_free=True) == []
    usage_fee = replace(USAGE, model="dynamic", parameters={"minimum_amount": "2"})
    assert places(VersionTerms(prices=(free, usage_fee)), is_free=True) == [
        ("prices[1].parameters.multiplier", "not_zero"),
        ("prices[1].parameters.minimum_amount", "not_zero"),
    ]
    assert places(VersionTerms(prices=(free, USAGE)), is_free=True) == [
        ("prices[1].parameters.tiers[1].unit_amount", "not_zero")
    ]


def test_price_missing_in_a_currency_of_the_plan_is_refused() -> None:
    dollars = replace(BASE, currency="USD", parameters={"amount": "32.00"})

    assert places(VersionTerms(prices=(BASE, dollars, USAGE))) == [("prices[2].currency", "currency_missing")]


def test_price_twice_in_one_currency_is_refused() -> None:
    assert places(VersionTerms(prices=(BASE, BASE))) == [("prices[1].currency", "duplicate")]


def test_price_that_differs_by_more_than_amounts_between_currencies_is_refused() -> None:
    yearly = replace(BASE, currency="USD", interval="year")

    assert places(VersionTerms(prices=(BASE, yearly))) == [("prices[1].interval", "differs_by_currency")]


@pytest.mark.parametrize(
    ("fields", "is_free", "expected"),
    [
        ({"trial_days": 731}, False, [("trial_days", "out_of_range")]),
        ({"trial_days": -1}, False, [("trial_days", "out_of_range")]),
        ({"trial_requires_card": True}, False, [("trial_requires_card", "without_trial")]),
        ({"trial_end": "cancel"}, False, [("trial_end", "without_trial")]),
        ({"trial_days": 7, "trial_end": "downgrade"}, False, [("trial_end_plan", "missing")]),
        ({"trial_days": 7, "trial_end_plan": "free"}, False, [("trial_end_plan", "unused")]),
        ({"alignment": "lunar"}, False, [("alignment", "unknown_choice")]),
        ({"highlights": ("",)}, False, [("highlights[0]", "invalid_highlight")]),
    ],
)
def test_terms_that_contradict_themselves_are_refused(
    fields: dict[str, object], is_free: bool, expected: list[tuple[str, str]]
) -> None:
    terms = replace(VersionTerms(prices=(BASE,)), **fields)

    assert places(terms, is_free=is_free) == expected


@pytest.mark.parametrize(
    ("first", "second", "alignment", "fits"),
    [
        (("year", 1), ("month", 1), "anniversary", True),
        (("month", 1), ("year", 1), "calendar", True),
        (("week", 2), ("week", 1), "anniversary", True),
        (("month", 1), ("week", 1), "anniversary", False),
        (("quarter", 1), ("month", 2), "anniversary", False),
        (("year", 1), ("month", 3), "calendar", False),
        (("month", 3), ("month", 3), "calendar", True),
    ],
)
def test_fees_in_advance_fit_into_the_longest(
    first: tuple[str, int], second: tuple[str, int], alignment: str, fits: bool
) -> None:
    base = replace(BASE, interval=first[0], interval_count=first[1])
    support = replace(BASE, code="support", interval=second[0], interval_count=second[1])

    faults = places(VersionTerms(prices=(base, support), alignment=alignment))

    assert faults == ([] if fits else [("prices[1].interval", "does_not_fit")])


def test_what_is_billed_afterwards_need_not_fit() -> None:
    weekly = replace(USAGE, interval="week")

    assert places(VersionTerms(prices=(BASE, weekly))) == []


def test_free_plan_with_trial_is_refused() -> None:
    free = replace(BASE, parameters={"amount": "0"})

    assert places(VersionTerms(prices=(free,), trial_days=7), is_free=True) == [
        ("trial_days", "free_plan_trial")
    ]


def test_fallback_must_be_free_and_sold_in_every_currency() -> None:
    terms = VersionTerms(prices=(BASE,), trial_days=7, trial_end="downgrade", trial_end_plan="basic")

    faults = list(fallback_faults(terms, fallback_is_free=False, fallback_currencies={"USD"}))

    assert faults == [
        FieldError("trial_end_plan", "not_free", "'basic' is not a free plan."),
        FieldError("trial_end_plan", "currency_missing", "'basic' has no published price in EUR."),
    ]


def test_parameters_typed_as_numbers_and_as_texts_are_the_same() -> None:
    typed = {"tiers": [{"up_to": 10, "unit_amount": "1"}, {"up_to": None, "unit_amount": 2}]}

    assert canonical_parameters(typed) == {
        "tiers": [{"up_to": "10", "unit_amount": "1"}, {"up_to": None, "unit_amount": "2"}]
    }
