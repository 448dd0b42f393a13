"""Products, meters and plans: creating and changing."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from apps.audit.models import Event
from apps.core.errors import InvalidInput
from apps.plans.errors import CatalogInvalid, CodeTaken, MeterFrozen, VersionFrozen
from apps.plans.models import Meter
from apps.plans.services.create_meter import create_meter
from apps.plans.services.create_plan import create_plan
from apps.plans.services.create_product import create_product
from apps.plans.services.update_meter import update_meter
from apps.plans.services.update_plan import update_plan
from apps.plans.services.update_product import update_product
from tests.factories.customers import make_brand
from tests.factories.plans import make_meter, make_plan, make_plan_row, make_plan_version, metered_price

AT = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)

pytestmark = pytest.mark.django_db


def test_codes_are_taken_once() -> None:
    product = create_product(code="app", name="App", at=AT)
    create_plan(product=product, code="team", name="Team", at=AT)
    meter = {"name": "Calls", "event_name": "call", "aggregation": "count"}
    create_meter(code="calls", at=AT, **meter)

    with pytest.raises(CodeTaken):
        create_product(code="app", name="Other", at=AT)
    with pytest.raises(CodeTaken):
        create_plan(product=product, code="team", name="Other", at=AT)
    with pytest.raises(CodeTaken):
        create_meter(code="calls", at=AT, **meter)

    product.refresh_from_db()
    assert product.name == "App"


def test_product_update_records_what_changed_and_nothing_when_nothing_did() -> None:
    product = create_product(code="app", name="App", at=AT)

    update_product(product_id=product.pk, changes={"name": "App"}, at=AT)
    update_product(product_id=product.pk, changes={"name": "Application"}, at=AT)

    event = Event.objects.get(name="product.updated")
    assert event.data == {"code": "app", "changed": ["name"]}
    with pytest.raises(InvalidInput):
        update_product(product_id=product.pk, changes={"code": "other"}, at=AT)


def test_meter_with_faults_is_not_created() -> None:
    with pytest.raises(CatalogInvalid) as refused:
        create_meter(code="size", name="Size", event_name="upload", aggregation="sum", at=AT)

    assert [e.field for e in refused.value.errors] == ["value_property"]
    assert not Meter.objects.exists()


def test_meter_changes_what_it_counts_until_a_published_price_reads_it() -> None:
    meter = make_meter(code="calls")

    update_meter(meter_id=meter.pk, changes={"event_name": "api.call"}, at=AT)
    make_plan_version(prices=[metered_price(meter)])

    with pytest.raises(MeterFrozen) as refused:
        update_meter(meter_id=meter.pk, changes={"event_name": "other"}, at=AT)
    assert refused.value.field == "event_name"
    renamed = update_meter(meter_id=meter.pk, changes={"name": "Calls of the API"}, at=AT)
    assert (renamed.name, Meter.objects.get().event_name) == ("Calls of the API", "api.call")


def test_plan_update_sets_brands_and_tells_so_once() -> None:
    plan, brand = make_plan_row(), make_brand()

    update_plan(plan_id=plan.pk, changes={}, brands=[brand], at=AT)
    update_plan(plan_id=plan.pk, changes={}, brands=[brand], at=AT)

    assert list(plan.brands.all()) == [brand]
    assert Event.objects.get(name="plan.updated").data["changed"] == ["brands"]


def test_published_plan_cannot_become_free() -> None:
    plan = make_plan()

    with pytest.raises(VersionFrozen):
        update_plan(plan_id=plan.pk, changes={"is_free": True}, at=AT)

    plan.refresh_from_db()
    assert plan.is_free is False
