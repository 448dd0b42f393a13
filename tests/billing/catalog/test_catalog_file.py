"""Reading, checking and writing catalog files."""

from __future__ import annotations

from pathlib import Path

import pytest

from apps.accounts.models import Brand
from apps.billing.catalog_file.parse import parse_catalog
from apps.billing.catalog_file.write import write_catalog
from apps.billing.services.catalog.diff_catalog import diff_catalog
from apps.plans.errors import CatalogInvalid
from apps.plans.terms import CommitmentTerms, PriceTerms, ThresholdTerms
from tests.factories.plans import make_meter, make_plan, make_plan_version, metered_price

EXAMPLES = Path(__file__).parents[3] / "docs" / "examples"

SMALL = """\
products:
  - code: app
    name: App
meters:
  - code: calls
    name: Calls
    event: call
    aggregation: count
plans:
  - code: team
    product: app
    name: Team
    prices:
      - code: base
        name: Base fee
        amounts: { EUR: "29.00", USD: 32.10 }
      - code: calls
        name: Calls
        quantity: meter:calls
        model: graduated
        amounts:
          EUR:
            tiers:
              - { up_to: 100, unit_amount: "0" }
              - { up_to: null, unit_amount: "0.10" }
          USD:
            tiers:
              - { up_to: 100, unit_amount: "0" }
              - { up_to: null, unit_amount: "0.11" }
"""


def faults(text: str) -> list[str]:
    with pytest.raises(CatalogInvalid) as refused:
        diff_catalog(text=text, filename="plans.yaml")
    return [fault.message for fault in refused.value.errors]


def test_prices_come_in_each_currency_with_the_digits_that_were_typed() -> None:
    terms = parse_catalog(text=SMALL, filename="plans.yaml").catalog.plans[0].terms

    assert terms.prices[:2] == (
        PriceTerms(code="base", name="Base fee", currency="EUR", parameters={"amount": "29.00"}),
        PriceTerms(code="base", name="Base fee", currency="USD", parameters={"amount": "32.10"}),
    )
    calls = terms.prices[2]
    assert (calls.quantity_source, calls.meter, calls.timing) == ("meter", "calls", "in_arrears")
    assert calls.parameters["tiers"][0] == {"up_to": "100", "unit_amount": "0"}
    assert calls.parameters["tiers"][1] == {"up_to": None, "unit_amount": "0.10"}


def test_rules_of_a_plan_are_read_in_minor_units() -> None:
    rules = """\
    policies: { change_credit: credit_note }
    commitment: { name: Minimum, amounts: { EUR: "100.00", JPY: 9000 } }
    thresholds: [{ EUR: "500", JPY: 60000 }, { EUR: "200.50" }]
    recurring_threshold: { EUR: 50 }
    prices:
"""
    text = SMALL.replace("    prices:\n", rules, 1)

    terms = parse_catalog(text=text, filename="plans.yaml").catalog.plans[0].terms

    assert terms.policies == {"change_credit": "credit_note"}
    assert terms.commitments == (
        CommitmentTerms("EUR", 10000, "Minimum"),
        CommitmentTerms("JPY", 9000, "Minimum"),
    )
    assert terms.thresholds == (
        ThresholdTerms("EUR", 20050),
        ThresholdTerms("EUR", 50000),
        ThresholdTerms("EUR", 5000, is_recurring=True),
        ThresholdTerms("JPY", 60000),
    )


@pytest.mark.parametrize("name", ["catalog.yaml", "demo-shop.yaml"])
def test_written_file_reads_as_the_same_catalog(name: str) -> None:
    catalog = parse_catalog(text=(EXAMPLES / name).read_text(), filename=name).catalog

    written = write_catalog(catalog)

    assert parse_catalog(text=written, filename=name).catalog == catalog
    assert write_catalog(parse_catalog(text=written, filename=name).catalog) == written


def test_texts_that_yaml_would_misread_survive_writing() -> None:
    names = ["yes", "2024-01-01", "0.10", "a: b", "# no comment", " padded ", "two\nlines", "naïve ☂"]
    text = "products:\n" + "".join(f"  - code: p{n}\n    name: x\n" for n in range(len(names)))
    catalog = parse_catalog(text=text, filename="x").catalog
    products = tuple(
        type(entry)(entry.code, name) for entry, name in zip(catalog.products, names, strict=True)
    )

    written = write_catalog(type(catalog)(products, (), ()))

    assert [p.name for p in parse_catalog(text=written, filename="x").catalog.products] == names


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("name: App", "nmae: App", "3: products[0].nmae: There is no such key; did you mean 'name'?"),
        (
            "aggregation: count",
            "aggregation: cuont",
            "8: meters[0].aggregation: 'cuont' is not known; did you mean 'count'?",
        ),
        (
            "quantity: meter:calls",
            "quantity: calls",
            "19: plans[0].prices[1].quantity: 'calls' is not known; write fixed, seats or meter:<code>.",
        ),
        ("name: Team", "free: maybe", "12: plans[0].free: This must be true or false."),
        ("name: Team", "position: -1", "12: plans[0].position: This must be a whole number from 0 to 99999."),
        ("name: Team", "brands: acme", "12: plans[0].brands: This must be a list."),
        ("name: Team", "trial: 14", "12: plans[0].trial: This must be a mapping."),
        ("name: Team", "code: team", "12: plans[0].code: This key stands here twice."),
    ],
)
def test_fault_of_reading_names_file_line_and_field(old: str, new: str, fault: str) -> None:
    assert f"plans.yaml:{fault}" in faults(SMALL.replace(old, new, 1))


def test_every_fault_of_reading_is_told_in_the_order_of_lines() -> None:
    broken = SMALL.replace("name: App", "nam: App").replace("event: call", "evnt: call")

    lines = [int(fault.split(":")[1]) for fault in faults(broken)]

    assert lines == [2, 3, 5, 7]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("products: [\n", "plans.yaml:2: "),
        ("- products\n", "plans.yaml:1: A catalog file is a mapping"),
        ("", "plans.yaml:1: A catalog file is a mapping"),
        ("products: &a [*a]\n", "nested too deeply"),
        ("products: \x00\n", "plans.yaml: "),
    ],
)
def test_what_is_no_catalog_file_is_refused(text: str, fault: str) -> None:
    assert fault in faults(text)[0]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        (
            '- { up_to: null, unit_amount: "0.11" }',
            '- { up_to: 100, unit_amount: "0.11" }',
            "29: plans[0].prices[1].amounts.USD.tiers[1].up_to: tiers[1].up_to must be above 100.",
        ),
        ('EUR: "29.00"', 'EUR: "free"', "16: plans[0].prices[0].amounts.EUR: amount must be a decimal"),
        ('EUR: "29.00", ', "", "16: plans[0].prices[0].amounts: 'base' has no amount in EUR"),
        ("USD: 32.10", "USX: 32.10", "16: plans[0].prices[0].amounts.USX: 'USX' is n"),
        ("meter:calls", "meter:cals", "19: plans[0].prices[1].quantity: There is no meter 'cals'."),
        ("product: app", "product: apt", "11: plans[0].product: There is no product 'apt'."),
        ("name: Team", "name: T\n    brands: [acme]", "13: plans[0].brands: There is no brand 'acme'."),
        ("name: Team", "name: T\n    free: true", "17: plans[0].prices[0].amounts.EUR: Every price of"),
        (
            "name: Team",
            "name: T\n    trial: { days: 7, at_end: downgrade, fallback: free }",
            "13: plans[0].trial.fallback: There is no plan 'free'.",
        ),
        (
            "name: Team",
            "name: T\n    trial:\n      days: 7\n      at_end: downgrade",
            "13: plans[0].trial.fallback: Name the free plan to fall back to.",
        ),
        (
            "name: Team",
            "name: T\n    policies: { change_credits: none }",
            "13: plans[0].policies.change_credits: There is no policy 'change_credits'; did you mean",
        ),
        (
            "name: Team",
            'name: T\n    commitment: { amounts: { EUR: "1.00" } }',
            "13: plans[0].commitment: Say it in USD too, which the plan is sold in.",
        ),
        (
            "name: Team",
            'name: T\n    commitment: { amounts: { EUR: "1.005", USD: 1 } }',
            "13: plans[0].commitment.amounts.EUR: An amount in EUR has at most 2 decimals.",
        ),
        ("event: call", "event: call\n    property: size", "8: meters[0].property: A count adds up no"),
    ],
)
def test_fault_of_meaning_names_file_line_and_field(old: str, new: str, fault: str) -> None:
    assert [line for line in faults(SMALL.replace(old, new, 1)) if line.startswith(f"plans.yaml:{fault}")]


@pytest.mark.django_db
def test_code_that_stands_twice_is_refused() -> None:
    again = SMALL.replace("meters:", "  - code: app\n    name: Other\nmeters:")

    assert faults(again) == ["plans.yaml:4: products[1].code: 'app' stands in products twice."]


@pytest.mark.django_db
def test_what_is_published_and_frozen_is_refused_with_its_line() -> None:
    meter = make_meter(code="calls", name="Calls", event_name="other")
    plan = make_plan(code="team")
    make_plan_version(plan=plan, prices=[metered_price(meter)])

    assert faults(SMALL) == [
        "plans.yaml:7: meters[0].event: A published price reads 'calls': what it counts is frozen."
    ]
    assert not Brand.objects.exists()
