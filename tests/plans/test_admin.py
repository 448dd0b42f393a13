from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from apps.audit.models import Event
from apps.plans.models import Meter, Plan, Price, Product
from apps.taxes.models import TaxRate
from tests.factories.customers import MADE_AT
from tests.factories.plans import (
    flat_price,
    make_meter,
    make_plan,
    make_plan_version,
    make_product,
    metered_price,
)
from tests.factories.staff import make_staff_client

pytestmark = pytest.mark.django_db

TIERS = {"tiers": [{"up_to": 100, "unit_amount": "0"}, {"up_to": None, "unit_amount": "0.5"}]}


@pytest.fixture
def staff() -> Client:
    return make_staff_client()


def version_form(price: Price | None, **overrides: Any) -> dict[str, Any]:
    """The fields of a draft's page with one price."""
    fields = {
        "alignment": "anniversary",
        "trial_days": "14",
        "trial_end": "convert",
        "highlights": "One, two\nThree",
        "prices-TOTAL_FORMS": "1",
        "prices-INITIAL_FORMS": "1" if price else "0",
        "prices-0-id": str(price.pk) if price else "",
        "prices-0-version": str(price.version_id) if price else "",
        "prices-0-code": "base",
        "prices-0-name": "Base fee",
        "prices-0-currency": "eur",
        "prices-0-model": "flat",
        "prices-0-parameters": json.dumps({"amount": "35.00"}),
        "prices-0-quantity_source": "fixed",
        "prices-0-meter": "",
        "prices-0-interval": "month",
        "prices-0-interval_count": "1",
        "prices-0-timing": "in_advance",
        "prices-0-usage_proration": "none",
        "prices-0-prorated": "on",
        "prices-0-tax_behavior": "exclusive",
        "prices-0-tax_code": "",
        "prices-0-position": "0",
        "commitments-TOTAL_FORMS": "0",
        "commitments-INITIAL_FORMS": "0",
        "thresholds-TOTAL_FORMS": "0",
        "thresholds-INITIAL_FORMS": "0",
    }
    return fields | overrides


def test_draft_takes_policies_a_commitment_and_a_threshold(staff: Client) -> None:
    draft = make_plan(published=False).versions.get()
    rules = {
        "policies": json.dumps({"change_credit": "credit_note"}),
        "commitments-TOTAL_FORMS": "1",
        "commitments-0-version": str(draft.pk),
        "commitments-0-currency": "EUR",
        "commitments-0-amount_minor": "10000",
        "commitments-0-name": "Minimum commitment",
        "thresholds-TOTAL_FORMS": "1",
        "thresholds-0-version": str(draft.pk),
        "thresholds-0-currency": "EUR",
        "thresholds-0-amount_minor": "50000",
        "thresholds-0-is_recurring": "on",
    }

    saved = staff.post(
        f"/admin/plans/planversion/{draft.pk}/change/", version_form(draft.prices.get(), **rules)
    )

    assert saved.status_code == 302
    draft.refresh_from_db()
    assert draft.policies == {"change_credit": "credit_note"}
    assert [(row.currency, row.amount_minor) for row in draft.commitments.all()] == [("EUR", 10000)]
    assert [(row.amount_minor, row.is_recurring) for row in draft.thresholds.all()] == [(50000, True)]


def test_draft_with_an_unknown_policy_is_refused_at_its_field(staff: Client) -> None:
    draft = make_plan(published=False).versions.get()
    rules = {"policies": json.dumps({"change_credit": "cash"})}

    page = staff.post(
        f"/admin/plans/planversion/{draft.pk}/change/", version_form(draft.prices.get(), **rules)
    )

    draft.refresh_from_db()
    assert (page.status_code, draft.policies) == (200, {})
    assert "change_credit must be one of" in page.content.decode()


METER_DEFAULTS = {
    "unique_mode": "distinct",
    "rounding": "none",
    "rounding_precision": "0",
    "late_usage": "next_invoice",
}


def test_product_and_meter_are_made_by_services_and_logged(staff: Client) -> None:
    product = {"code": "app", "name": "App", "description": "", "tax_code": "saas"}
    meter = {
        "code": "calls",
        "name": "Calls",
        "unit_name": "call",
        "event_name": "call",
        "aggregation": "count",
        "value_property": "",
        "filters": "[]",
        "group_by": "region\nplan",
    } | METER_DEFAULTS

    assert staff.post("/admin/plans/product/add/", product).status_code == 302
    assert staff.post("/admin/plans/meter/add/", meter).status_code == 302

    assert (Product.objects.get().code, Product.objects.get().tax_code) == ("app", "saas")
    assert Meter.objects.get().group_by == ["region", "plan"]
    assert set(Event.objects.values_list("name", flat=True)) == {"product.created", "meter.created"}


def test_meter_form_names_the_field_at_fault(staff: Client) -> None:
    page = staff.post(
        "/admin/plans/meter/add/",
        {
            "code": "size",
            "name": "Size",
            "unit_name": "GB",
            "event_name": "up",
            "aggregation": "sum",
            "value_expression": "bytes / ",
            "filters": "[]",
        }
        | METER_DEFAULTS,
    )

    assert page.status_code == 200
    form = page.context["adminform"].form
    assert form.errors == {"value_expression": ["A number or a property is missing at position 8."]}
    assert not Meter.objects.exists()


def test_meter_that_is_sold_shows_what_it_counts_and_keeps_it(staff: Client) -> None:
    meter = make_meter(code="calls")
    make_plan_version(prices=[metered_price(meter)])

    answer = staff.post(
        f"/admin/plans/meter/{meter.pk}/change/",
        {"name": "All calls", "unit_name": "call", "event_name": "other", "group_by": ""} | METER_DEFAULTS,
    )

    assert answer.status_code == 302
    meter.refresh_from_db()
    assert (meter.name, meter.event_name) == ("All calls", "calls")


def test_plan_is_changed_with_its_brands(staff: Client) -> None:
    product = make_product()
    versions = {"versions-TOTAL_FORMS": "0", "versions-INITIAL_FORMS": "0"}
    fields = {"product": product.pk, "code": "team", "name": "Team", "position": "1"} | versions

    assert staff.post("/admin/plans/plan/add/", fields | {"is_public": "on"}).status_code == 302

    plan = Plan.objects.get()
    assert (plan.code, plan.is_public, plan.position) == ("team", True, 1)
    assert staff.get(f"/admin/plans/plan/{plan.pk}/change/").status_code == 200


def test_draft_is_opened_changed_and_published(staff: Client) -> None:
    plan = make_plan()

    asked = staff.get(f"/admin/plans/plan/{plan.pk}/draft/")
    assert asked.status_code == 200
    assert plan.versions.count() == 1
    opened = staff.post(f"/admin/plans/plan/{plan.pk}/draft/")
    draft = plan.versions.get(number=2)
    page = f"/admin/plans/planversion/{draft.pk}/change/"
    saved = staff.post(page, version_form(draft.prices.get()))
    confirm = staff.get(f"/admin/plans/planversion/{draft.pk}/publish/")
    published = staff.post(f"/admin/plans/planversion/{draft.pk}/publish/")

    assert (opened.url, saved.status_code, confirm.status_code) == (page, 302, 200)
    assert published.url == page
    draft.refresh_from_db()
    assert (draft.status, draft.trial_days) == ("published", 14)
    assert draft.highlights == ["One, two", "Three"]
    price = draft.prices.get()
    assert (price.currency, price.parameters) == ("EUR", {"amount": "35.00"})


def test_price_fault_is_shown_at_its_field_with_the_path(staff: Client) -> None:
    draft = make_plan_version(published=False)
    price = draft.prices.get()
    broken = TIERS | {"tiers": [TIERS["tiers"][0], {"up_to": 50, "unit_amount": "1"}]}
    fields = {"prices-0-model": "volume", "prices-0-parameters": json.dumps(broken)}

    page = staff.post(f"/admin/plans/planversion/{draft.pk}/change/", version_form(price, **fields))

    errors = page.context["inline_admin_formsets"][0].formset.errors
    assert list(errors[0]) == ["parameters"]
    assert errors[0]["parameters"][0].startswith("tiers[1].up_to: ")
    price.refresh_from_db()
    assert price.parameters == {"amount": "29.00"}


def test_whole_numbers_in_parameters_are_kept_as_texts(staff: Client) -> None:
    draft = make_plan_version(published=False)
    fields = {"prices-0-model": "volume", "prices-0-parameters": json.dumps(TIERS)}
    form = version_form(draft.prices.get(), **fields)

    assert staff.post(f"/admin/plans/planversion/{draft.pk}/change/", form).status_code == 302

    assert draft.prices.get().parameters["tiers"][0]["up_to"] == "100"


def test_draft_with_faults_tells_them_instead_of_a_button(staff: Client) -> None:
    draft = make_plan_version(published=False, prices=[])

    page = staff.get(f"/admin/plans/planversion/{draft.pk}/publish/")
    refused = staff.post(f"/admin/plans/planversion/{draft.pk}/publish/", follow=True)

    assert b"A plan needs at least one price." in page.content
    assert b'<input type="submit" value="Publish">' not in page.content
    assert b"cannot be published yet" in refused.content
    draft.refresh_from_db()
    assert draft.status == "draft"


def test_published_version_and_price_cannot_be_changed(staff: Client) -> None:
    version = make_plan_version()
    price = version.prices.get()

    page = staff.get(f"/admin/plans/planversion/{version.pk}/change/")
    refused = staff.post(f"/admin/plans/planversion/{version.pk}/change/", version_form(price))

    assert (page.status_code, refused.status_code) == (200, 403)
    assert b"Published versions never change." in page.content
    assert staff.post(f"/admin/plans/price/{price.pk}/change/", {"name": "x"}).status_code == 403
    price.refresh_from_db()
    assert price.parameters == {"amount": "29.00"}


def test_price_page_shows_what_quantities_cost(staff: Client) -> None:
    price = make_plan_version(
        prices=[flat_price(model="volume", parameters=TIERS, code="calls")]
    ).prices.get()

    page = staff.get(f"/admin/plans/price/{price.pk}/change/").content.decode()

    assert "€500.00" in page
    assert "All 1,000 units at the price of tier 2, €0.50 each: €500.00" in page


def test_viewer_cannot_publish() -> None:
    draft = make_plan_version(published=False)
    client = make_staff_client(is_superuser=False)

    assert client.post(f"/admin/plans/planversion/{draft.pk}/publish/").status_code == 403
    assert client.post(f"/admin/plans/plan/{draft.plan_id}/draft/").status_code == 403
    draft.refresh_from_db()
    assert draft.status == "draft"


@pytest.mark.parametrize("model", ["product", "meter", "plan", "planversion", "price"])
def test_list_needs_the_same_queries_for_any_number_of_rows(staff: Client, model: str) -> None:
    def queries_of_page() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert staff.get(f"/admin/plans/{model}/").status_code == 200
        return len(captured)

    make_plan_version(prices=[metered_price(make_meter())])
    staff.get(f"/admin/plans/{model}/")
    few = queries_of_page()
    for _ in range(5):
        make_plan_version(prices=[metered_price(make_meter())])

    assert queries_of_page() == few


def test_tax_codes_in_use_are_suggested_and_another_may_be_written(staff: Client) -> None:
    TaxRate.objects.create(
        country="DE", tax_code="reduced", percent=Decimal(7), valid_from=date(2020, 1, 1), created_at=MADE_AT
    )
    product = make_product(code="app", tax_code="saas")
    draft = make_plan_version(published=False)
    price = draft.prices.get()

    page = staff.get(f"/admin/plans/product/{product.pk}/change/").content.decode()
    wrong = staff.post(
        f"/admin/plans/product/{product.pk}/change/", {"name": "App", "description": "", "tax_code": "a b"}
    )
    taxed = {"prices-0-tax_behavior": "inclusive", "prices-0-tax_code": "ebook"}
    saved = staff.post(f"/admin/plans/planversion/{draft.pk}/change/", version_form(price, **taxed))

    listed = page.partition("<datalist")[2].partition("</datalist>")[0]
    assert [code for code in ("reduced", "saas", "standard") if f'value="{code}"' in listed] == [
        "reduced",
        "saas",
        "standard",
    ]
    assert wrong.context["adminform"].errors["tax_code"][0].startswith("A tax code has up to 40 letters")
    assert saved.status_code == 302
    price.refresh_from_db()
    assert (price.tax_behavior, price.tax_code) == ("inclusive", "ebook")
