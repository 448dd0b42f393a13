from __future__ import annotations

import pytest

from apps.plans.services.create_draft import create_draft
from tests.factories.api_clients import make_api_client
from tests.factories.customers import MADE_AT, make_brand
from tests.factories.plans import (
    flat_price,
    make_meter,
    make_plan,
    make_plan_row,
    make_plan_version,
    make_product,
)

VERSION = {
    "trial_days": 14,
    "highlights": ["All you need"],
    "prices": [
        {
            "code": "base",
            "name": "Base fee",
            "currency": "EUR",
            "model": "flat",
            "parameters": {"amount": "29.00"},
        },
        {
            "code": "calls",
            "name": "API calls",
            "currency": "EUR",
            "model": "per_unit",
            "parameters": {"unit_amount": "0.002"},
            "quantity_source": "meter",
            "meter": "calls",
        },
    ],
}

pytestmark = pytest.mark.django_db


def test_plan_is_built_from_nothing_and_published() -> None:
    client = make_api_client()
    meter = {"code": "calls", "name": "Calls", "event_name": "call", "aggregation": "count"}

    assert client.post("/api/v1/products", {"code": "app", "name": "App"}).status_code == 201
    assert client.post("/api/v1/meters", meter).status_code == 201
    created = client.post("/api/v1/plans", {"product": "app", "code": "team", "name": "Team"})
    draft = client.post("/api/v1/plans/team/versions", VERSION)
    before = client.get("/api/v1/plans/team").json()
    published = client.post("/api/v1/plans/team/versions/1/publish")
    after = client.get("/api/v1/plans/team").json()

    assert (created.status_code, draft.status_code, published.status_code) == (201, 201, 200)
    assert draft.json()["status"] == "draft"
    assert before["current_version"] is None
    assert after["current_version"]["status"] == "published"
    assert [(p["code"], p["timing"], p["meter"]) for p in after["current_version"]["prices"]] == [
        ("base", "in_advance", None),
        ("calls", "in_arrears", "calls"),
    ]
    assert after["current_version"]["prices"][1]["parameters"] == {"unit_amount": "0.002"}


def test_faults_of_a_version_name_their_paths() -> None:
    make_plan(code="team")
    prices = [VERSION["prices"][0] | {"parameters": {"amount": 29.5}}]

    answer = make_api_client().post("/api/v1/plans/team/versions", {"prices": prices})

    assert answer.status_code == 422
    problem = answer.json()
    assert problem["code"] == "catalog_invalid"
    assert [(e["field"], e["code"]) for e in problem["errors"]] == [
        ("prices[0].parameters.amount", "float_refused")
    ]


def test_fault_deep_inside_the_parameters_of_a_model_names_its_path() -> None:
    make_plan(code="team")
    make_meter(code="calls")
    tiers = [{"up_to": "10", "unit_amount": "1"}, {"up_to": "9", "unit_amount": "1"}]
    row = {"match": {"region": "eu"}, "model": "graduated", "parameters": {"tiers": tiers}}
    matrix = {"dimensions": ["region"], "rows": [row], "default": {"unit_amount": "1"}}
    price = VERSION["prices"][1] | {"model": "matrix", "parameters": matrix}

    answer = make_api_client().post("/api/v1/plans/team/versions", {"prices": [price]})

    assert [(e["field"], e["code"]) for e in answer.json()["errors"]] == [
        ("prices[0].parameters.rows[0].parameters.tiers[1].up_to", "tiers_not_ascending")
    ]


def test_price_keeps_the_terms_around_its_model() -> None:
    make_plan(code="team")
    make_meter(code="calls")
    parameters = {
        "unit_amount": "0.002",
        "minimum_amount": "5",
        "pricing_unit": {"code": "credits", "rate": "0.01"},
        "unit_conversion": {"operation": "divide", "factor": "1000", "rounding": "up"},
    }
    price = VERSION["prices"][1] | {"parameters": parameters, "usage_proration": "active_days"}

    answer = make_api_client().post("/api/v1/plans/team/versions", {"prices": [price]})

    (kept,) = answer.json()["prices"]
    assert (kept["parameters"], kept["usage_proration"]) == (parameters, "active_days")


def test_misspelt_field_is_refused_by_name() -> None:
    answer = make_api_client().post("/api/v1/products", {"code": "app", "name": "App", "nmae": "x"})

    assert answer.status_code == 422
    assert [e["field"] for e in answer.json()["errors"]] == ["nmae"]


def test_published_version_cannot_be_published_again() -> None:
    make_plan(code="team")

    answer = make_api_client().post("/api/v1/plans/team/versions/1/publish")

    assert (answer.status_code, answer.json()["code"]) == (409, "version_frozen")


def test_plan_of_another_brand_is_not_there() -> None:
    mine, other = make_brand(), make_brand()
    plan = make_plan(code="theirs")
    plan.brands.add(other)
    price = plan.versions.get().prices.get()
    client = make_api_client(brand=mine)

    for path in ("plans/theirs", "plans/theirs/versions", f"prices/{price.public_id}"):
        assert client.get(f"/api/v1/{path}").status_code == 404
    assert client.patch("/api/v1/plans/theirs", {"name": "x"}).status_code == 404
    assert client.get("/api/v1/plans").json()["data"] == []
    assert client.get("/api/v1/prices").json()["data"] == []
    assert make_api_client(brand=other).get("/api/v1/plans/theirs").status_code == 200


def test_reading_key_cannot_write() -> None:
    client = make_api_client(scopes=["catalog:read"])

    assert client.get("/api/v1/products").status_code == 200
    assert client.post("/api/v1/products", {"code": "a", "name": "A"}).status_code == 403


def test_plans_are_listed_with_versions_in_the_same_queries_for_any_number(
    django_assert_max_num_queries,
) -> None:
    for _ in range(5):
        make_plan(prices=[flat_price(), flat_price("32", "USD")])
    client = make_api_client()

    with django_assert_max_num_queries(12):
        plans = client.get("/api/v1/plans?limit=5").json()["data"]

    assert [len(plan["current_version"]["prices"]) for plan in plans] == [2] * 5


def test_plans_are_filtered_and_archived() -> None:
    make_plan(code="open", product=make_product(code="app"))
    make_plan(code="hidden", is_public=False)
    client = make_api_client()

    archived = client.patch("/api/v1/plans/hidden", {"archived": True}).json()

    assert archived["archived_at"] is not None

    def codes(query: str) -> list[str]:
        return [plan["code"] for plan in client.get(f"/api/v1/plans?{query}").json()["data"]]

    assert codes("archived=false") == ["open"]
    assert codes("archived=true") == ["hidden"]
    assert codes("public=true") == ["open"]
    assert codes("product=app") == ["open"]


def test_price_says_its_plan_and_version() -> None:
    plan = make_plan(code="team")
    make_plan_version(plan=plan, prices=[flat_price("35.00")])

    prices = make_api_client().get("/api/v1/prices?plan=team").json()["data"]

    assert [(p["plan"], p["version"], p["parameters"]) for p in prices] == [
        ("team", 2, {"amount": "35.00"}),
        ("team", 1, {"amount": "29.00"}),
    ]


def test_meter_is_changed_and_shown() -> None:
    make_meter(code="calls")
    client = make_api_client()
    filters = [{"property": "region", "values": ["eu"]}]

    changed = client.patch("/api/v1/meters/calls", {"filters": filters, "unit_name": "call"})

    assert changed.status_code == 200
    assert client.get("/api/v1/meters/calls").json()["filters"] == filters
    assert client.patch("/api/v1/meters/none", {"name": "x"}).status_code == 404


def test_meter_says_every_part_of_itself_and_takes_it_again() -> None:
    client = make_api_client()
    meter = {
        "code": "p95",
        "name": "Bandwidth",
        "unit_name": "Mbit/s",
        "event_name": "sample",
        "aggregation": "percentile",
        "value_property": "",
        "value_expression": "bits / 1000000",
        "filters": [
            {"property": "port", "values": ["1", "2"]},
            {"exclude": [{"property": "kind", "values": ["probe"]}]},
        ],
        "group_by": ["port"],
        "unique_mode": "distinct",
        "carries_over": False,
        "percentile": "95.00",
        "rounding": "up",
        "rounding_precision": -1,
        "late_usage": "correction",
        "late_usage_periods": 2,
    }

    made = client.post("/api/v1/meters", meter).json()
    again = {name: made[name] for name in meter if name != "code"}

    assert again | {"code": "p95"} == meter
    assert client.patch("/api/v1/meters/p95", again).json() == made


def test_meter_fault_of_the_api_names_field_and_way_out() -> None:
    body = {"code": "m", "name": "M", "event_name": "e", "aggregation": "max", "value_property": "n"}

    answer = make_api_client().post("/api/v1/meters", body | {"carries_over": True, "percentile": "95"})

    assert answer.status_code == 422
    assert [(error["field"], error["message"]) for error in answer.json()["errors"]] == [
        (
            "carries_over",
            "Only count, sum, unique_count, latest, weighted_sum carry over: a max is of its own period.",
        ),
        ("percentile", "Only the aggregation percentile has one: leave it empty."),
    ]


def test_creating_twice_under_one_key_creates_once() -> None:
    client = make_api_client()
    body = {"code": "app", "name": "App"}

    first = client.post("/api/v1/products", body, headers={"Idempotency-Key": "k1"})
    again = client.post("/api/v1/products", body, headers={"Idempotency-Key": "k1"})
    other = client.post("/api/v1/products", body)

    assert again.json() == first.json()
    assert again["Idempotent-Replayed"] == "true"
    assert (other.status_code, other.json()["code"]) == (409, "code_taken")


RULES = {
    "policies": {"change_credit": "credit_note"},
    "commitments": [{"currency": "EUR", "amount_minor": 10000}],
    "thresholds": [
        {"currency": "EUR", "amount_minor": 20000},
        {"currency": "EUR", "amount_minor": 5000, "recurring": True},
    ],
}


def test_rules_of_a_version_are_kept_and_copied_into_the_next_draft() -> None:
    client = make_api_client()
    make_meter(code="calls")
    plan = make_plan_row(code="team")
    prices = [VERSION["prices"][0] | {"prorated": False}, VERSION["prices"][1]]

    made = client.post("/api/v1/plans/team/versions", VERSION | {"prices": prices} | RULES)
    client.post("/api/v1/plans/team/versions/1/publish")
    draft = create_draft(plan_id=plan.pk, at=MADE_AT)
    copied = client.get("/api/v1/plans/team/versions/2").json()

    assert made.status_code == 201, made.content
    assert draft.number == 2
    for version in (made.json(), copied):
        assert version["policies"] == {"change_credit": "credit_note"}
        assert version["commitments"] == [
            {"currency": "EUR", "amount_minor": 10000, "name": "Minimum commitment"}
        ]
        assert version["thresholds"] == [
            {"currency": "EUR", "amount_minor": 20000, "recurring": False},
            {"currency": "EUR", "amount_minor": 5000, "recurring": True},
        ]
        assert [price["prorated"] for price in version["prices"]] == [False, True]


def test_faults_of_rules_name_their_paths() -> None:
    client = make_api_client()
    make_meter(code="calls")
    make_plan_row(code="team")
    rules = {
        "policies": {"change_credits": "credit_note", "pause": "never"},
        "commitments": [{"currency": "USD", "amount_minor": 10000}],
    }

    refused = client.post("/api/v1/plans/team/versions", VERSION | rules)

    assert refused.status_code == 422
    faults = {error["field"]: error["message"] for error in refused.json()["errors"]}
    assert faults.keys() == {
        "policies.change_credits",
        "policies.pause",
        "commitments[0].currency",
        "commitments",
    }
    assert faults["policies.change_credits"] == (
        "There is no policy 'change_credits'; did you mean 'change_credit'?"
    )


def test_tax_code_and_tax_behavior_are_written_and_read() -> None:
    client = make_api_client()
    price = {**VERSION["prices"][0], "tax_behavior": "inclusive", "tax_code": "ebook"}  # type: ignore[index]

    made = client.post("/api/v1/products", {"code": "app", "name": "App", "tax_code": "saas"})
    client.post("/api/v1/plans", {"product": "app", "code": "team", "name": "Team"})
    draft = client.post("/api/v1/plans/team/versions", {"prices": [price]})
    changed = client.patch("/api/v1/products/app", {"tax_code": "reduced"})
    refused = client.patch("/api/v1/products/app", {"tax_code": "not a code"})

    assert (made.json()["tax_code"], changed.json()["tax_code"], refused.status_code) == (
        "saas",
        "reduced",
        422,
    )
    (shown,) = draft.json()["prices"]
    assert (shown["tax_behavior"], shown["tax_code"]) == ("inclusive", "ebook")


def test_tax_code_is_standard_and_tax_comes_on_top_unless_told() -> None:
    client = make_api_client()
    client.post("/api/v1/meters", {"code": "calls", "name": "C", "event_name": "c", "aggregation": "count"})

    made = client.post("/api/v1/products", {"code": "app", "name": "App"})
    client.post("/api/v1/plans", {"product": "app", "code": "team", "name": "Team"})
    draft = client.post("/api/v1/plans/team/versions", VERSION)

    assert made.json()["tax_code"] == "standard"
    assert {(p["tax_behavior"], p["tax_code"]) for p in draft.json()["prices"]} == {("exclusive", "")}
