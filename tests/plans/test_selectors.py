from __future__ import annotations

import pytest

from apps.plans.errors import CatalogEntryNotFound, PlanNotFound, PriceUnavailable
from apps.plans.selectors import (
    get_plan,
    get_version,
    newest_published,
    prices_of,
    public_plans,
    published_version,
    terms_of,
)
from tests.factories.customers import MADE_AT, make_brand
from tests.factories.plans import (
    flat_price,
    make_meter,
    make_plan,
    make_plan_version,
    metered_price,
    seat_price,
)

pytestmark = pytest.mark.django_db


def test_published_version_is_the_newest_and_never_a_draft() -> None:
    plan = make_plan(code="team")
    second = make_plan_version(plan=plan)
    make_plan_version(plan=plan, published=False)

    assert published_version(plan_code="team", brand_id=make_brand().pk) == second


def test_published_version_of_other_brands_archived_or_unpublished_plans_is_not_found() -> None:
    mine, other = make_brand(), make_brand()
    make_plan(code="theirs").brands.add(other)
    make_plan(code="old", archived_at=MADE_AT)
    make_plan(code="draft", published=False)

    for code in ("theirs", "old", "draft", "nothing"):
        with pytest.raises(PlanNotFound):
            published_version(plan_code=code, brand_id=mine.pk)

    assert published_version(plan_code="theirs", brand_id=other.pk).plan.code == "theirs"


def test_prices_of_a_currency_come_in_their_order() -> None:
    meter = make_meter(code="calls")
    version = make_plan_version(
        prices=[
            flat_price(position=0),
            metered_price(meter, position=2),
            seat_price(position=1),
            flat_price("32.00", "USD", position=0),
        ]
    )

    assert [price.code for price in prices_of(version, "EUR")] == ["base", "seats", "calls"]
    with pytest.raises(PriceUnavailable):
        prices_of(version, "JPY")


def test_public_plans_are_ordered_and_leave_out_hidden_and_archived_ones() -> None:
    brand, other = make_brand(), make_brand()
    last = make_plan(position=2)
    first = make_plan(position=1)
    first.brands.add(brand, other)
    make_plan(is_public=False)
    make_plan(archived_at=MADE_AT)
    make_plan(published=False)
    make_plan().brands.add(other)

    assert [version.plan for version in public_plans(brand_id=brand.pk)] == [first, last]


def test_public_plans_need_the_same_queries_for_any_number_of_plans(
    django_assert_num_queries,
) -> None:
    brand = make_brand()
    for _ in range(4):
        make_plan(prices=[flat_price(), flat_price("32.00", "USD")])

    with django_assert_num_queries(3):
        versions = public_plans(brand_id=brand.pk)
        shown = [(v.plan.product.name, len(v.prices.all()) + len(v.commitments.all())) for v in versions]

    assert [count for _, count in shown] == [2, 2, 2, 2]


def test_newest_published_gives_one_version_by_plan() -> None:
    plan, draft_only = make_plan(), make_plan(published=False)
    newest = make_plan_version(plan=plan)

    assert newest_published([plan, draft_only]) == {plan.pk: newest}


def test_plan_is_found_by_id_and_by_code_but_not_by_another_brand() -> None:
    brand, other = make_brand(), make_brand()
    plan = make_plan(code="team")
    plan.brands.add(brand)

    assert get_plan(reference="team", brand_id=brand.pk) == plan
    assert get_plan(reference=plan.public_id, brand_id=brand.pk) == plan
    with pytest.raises(PlanNotFound):
        get_plan(reference="team", brand_id=other.pk)
    with pytest.raises(CatalogEntryNotFound):
        get_version(plan=plan, number=2)


def test_terms_of_a_stored_version_say_codes_and_canonical_numbers() -> None:
    meter = make_meter(code="calls")
    tiers = [{"up_to": 10, "unit_amount": "1"}, {"up_to": None, "unit_amount": "2"}]
    price = metered_price(meter, model="volume", parameters={"tiers": tiers})

    terms = terms_of(make_plan_version(prices=[price]))

    assert terms.prices[0].meter == "calls"
    assert terms.prices[0].parameters["tiers"][0]["up_to"] == "10"
    assert terms.trial_end_plan is None
