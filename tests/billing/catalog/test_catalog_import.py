"""export_catalog, diff_catalog, import_catalog and the command."""

from __future__ import annotations

from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from apps.audit.models import Event
from apps.billing.services.catalog.diff_catalog import diff_catalog
from apps.billing.services.catalog.export_catalog import export_catalog
from apps.billing.services.catalog.import_catalog import import_catalog
from apps.plans.errors import CatalogInvalid
from apps.plans.models import Meter, MinimumCommitment, Plan, PlanVersion, Price, Product, UsageThreshold
from apps.plans.selectors import prices_of, published_version, terms_of
from tests.billing.catalog.test_catalog_file import EXAMPLES, SMALL, faults
from tests.factories.customers import make_brand
from tests.factories.plans import flat_price, make_plan, seat_price

AT = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)

pytestmark = pytest.mark.django_db


def bring_in(text: str) -> list[str]:
    return list(import_catalog(text=text, filename="plans.yaml", at=AT).lines())


def test_import_makes_everything_and_publishes_it() -> None:
    lines = bring_in(SMALL)

    assert lines == [
        "+ product app",
        "+ meter calls",
        "+ plan team",
        "+ plan team: version 1, published",
    ]
    version = published_version(plan_code="team", brand_id=make_brand().pk)
    assert (version.number, version.published_at) == (1, AT)
    base, calls = prices_of(version, "USD")
    assert (base.parameters, calls.meter) == ({"amount": "32.10"}, Meter.objects.get())


def test_unchanged_file_changes_nothing() -> None:
    bring_in(SMALL)
    events = Event.objects.count()

    assert bring_in(SMALL) == []
    assert (Event.objects.count(), PlanVersion.objects.count()) == (events, 1)


def test_changed_amount_makes_the_next_version_and_keeps_the_old_one() -> None:
    bring_in(SMALL)
    old = terms_of(PlanVersion.objects.get())
    changed = SMALL.replace('"29.00"', '"35.00"')

    told = list(diff_catalog(text=changed, filename="plans.yaml").lines())
    made = bring_in(changed)

    assert (
        told
        == made
        == [
            "~ plan team: version 2, published",
            '    prices.base.amounts.EUR: "29.00" → "35.00"',
        ]
    )
    assert terms_of(PlanVersion.objects.get(number=1)) == old
    assert PlanVersion.objects.get(number=2).prices.get(code="base", currency="EUR").parameters == {
        "amount": "35.00"
    }
    assert bring_in(changed) == []


def test_reordered_currencies_are_no_change() -> None:
    bring_in(SMALL)

    reordered = SMALL.replace('{ EUR: "29.00", USD: 32.10 }', '{ USD: "32.10", EUR: "29.00" }')

    assert bring_in(reordered) == []


def test_changed_name_of_a_plan_changes_the_plan_and_no_version() -> None:
    bring_in(SMALL)

    made = bring_in(SMALL.replace("name: Team", "name: Teams\n    position: 3"))

    assert made == ["~ plan team", '    name: "Team" → "Teams"', "    position: (none) → 3"]
    assert Plan.objects.get().versions.count() == 1


def test_unpublished_file_leaves_a_draft_that_a_later_import_publishes() -> None:
    bring_in(SMALL)
    draft = SMALL.replace('"29.00"', '"35.00"').replace("name: Team", "name: Team\n    published: false")

    first = bring_in(draft)
    again = bring_in(draft)
    published = bring_in(draft.replace("published: false", "published: true"))

    assert first[0] == "~ plan team: version 2, draft"
    assert again == []
    assert published[0] == "~ plan team: version 2, published"
    assert list(PlanVersion.objects.order_by("number").values_list("number", "status")) == [
        (1, "published"),
        (2, "published"),
    ]


def test_archived_plan_is_taken_off_sale_and_put_back() -> None:
    bring_in(SMALL)

    bring_in(SMALL.replace("name: Team", "name: Team\n    archived: true"))
    archived_at = Plan.objects.get().archived_at
    bring_in(SMALL)

    assert archived_at == AT
    assert Plan.objects.get().archived_at is None


def test_what_is_not_in_the_file_is_left_alone_and_told() -> None:
    legacy = make_plan(code="legacy")

    changes = import_catalog(text=SMALL, filename="plans.yaml", at=AT)

    assert changes.left_alone == (f"product {legacy.product.code}", "plan legacy")
    assert Plan.objects.filter(code="legacy", archived_at=None).exists()


def test_refused_file_changes_nothing_at_all() -> None:
    with pytest.raises(CatalogInvalid):
        bring_in(SMALL.replace('"0.11"', '"-1"'))

    assert not Product.objects.exists()
    assert not Event.objects.exists()


def test_plan_of_some_brands_is_exported_and_imported_with_them() -> None:
    make_brand(code="acme")
    bring_in(SMALL.replace("name: Team", "name: Team\n    brands: [acme]"))

    assert [brand.code for brand in Plan.objects.get().brands.all()] == ["acme"]
    assert "    brands: [acme]\n" in export_catalog()


@pytest.mark.parametrize("name", ["catalog.yaml", "demo-shop.yaml"])
def test_example_round_trips_byte_for_byte(name: str) -> None:
    text = (EXAMPLES / name).read_text()
    import_catalog(text=text, filename=name, at=AT)
    exported = export_catalog()

    assert import_catalog(text=text, filename=name, at=AT).lines() is not None
    assert len(diff_catalog(text=text, filename=name)) == 0
    assert len(diff_catalog(text=exported, filename=name)) == 0

    _forget_catalog()
    import_catalog(text=exported, filename=name, at=AT)

    assert export_catalog() == exported


METERS = """\
meters:
  - code: bandwidth
    name: Bandwidth
    unit: Mbit/s
    event: sample
    aggregation: percentile
    expression: bits / 1000000
    filters:
      - {property: port, values: ['1']}
      - {exclude: [{property: kind, values: [probe]}, {property: port, values: ['9']}]}
    group_by: [port]
    percentile: '99.9'
    rounding: up
    rounding_precision: -1
    late_usage: correction
    late_usage_periods: 2
  - code: seats
    name: Seats
    unit: seat
    event: seat
    aggregation: unique_count
    property: user
    unique: add_remove
    carries_over: true
"""


def test_every_part_of_a_meter_round_trips() -> None:
    bring_in(METERS)

    assert export_catalog().endswith(METERS)
    assert bring_in(METERS) == []
    assert bring_in(METERS.replace("rounding: up", "rounding: down")) != []
    assert Meter.objects.get(code="bandwidth").rounding == "down"


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("percentile: '99.9'", "percentile: most", "meters[0].percentile: This must be a number such as 95"),
        ("percentile: '99.9'", "percentile: 0", "meters[0].percentile: Say which percentile"),
        (
            "bits / 1000000",
            "bits /",
            "meters[0].expression: A number or a property is missing",
        ),
        ("rounding_precision: -1", "rounding_precision: x", "meters[0].rounding_precision: This must be"),
        ("unique: add_remove", "unique: both", "meters[1].unique: 'both' is not known; known are"),
        ("aggregation: unique_count", "aggregation: sum", "meters[1].unique: Only a unique count adds"),
    ],
)
def test_fault_of_a_meter_names_line_and_field(old: str, new: str, fault: str) -> None:
    assert fault in faults(METERS.replace(old, new))[0]


def test_catalog_made_by_hand_is_exported_with_the_currencies_of_a_price_together() -> None:
    make_plan(
        code="team",
        prices=[flat_price(), seat_price(), flat_price("32", "USD"), seat_price("13", "USD")],
    )

    exported = export_catalog()

    assert "amounts: {EUR: '29.00', USD: '32'}" in exported
    assert len(diff_catalog(text=exported, filename="x.yaml")) == 0


def test_command_exports_diffs_and_imports(tmp_path: Path) -> None:
    file = tmp_path / "plans.yaml"
    file.write_text(SMALL)

    def run(*arguments: str) -> str:
        out = StringIO()
        call_command("catalog", *arguments, stdout=out)
        return out.getvalue()

    assert run("diff", str(file)).splitlines()[-1] == "4 changes to make."
    assert not Product.objects.exists()
    assert run("import", str(file)).splitlines()[-1] == "Made 4 changes."
    assert run("import", str(file)) == "Nothing to do.\n"
    assert run("export", str(file)) == f"Wrote {file}.\n"
    assert run("export") == file.read_text()
    assert run("import", str(file)) == "Nothing to do.\n"


def test_command_tells_every_fault_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "plans.yaml"
    file.write_text(SMALL.replace("name: App", "nmae: App"))

    with pytest.raises(CommandError) as refused:
        call_command("catalog", "import", str(file))

    assert str(refused.value).splitlines() == [
        "plans.yaml:2: products[0].name: This is missing.",
        "plans.yaml:3: products[0].nmae: There is no such key; did you mean 'name'?",
        "plans.yaml has 2 faults; nothing was changed.",
    ]
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("catalog", "diff", str(tmp_path / "none.yaml"))


def _forget_catalog() -> None:
    """Drafts and published rows alike: the triggers that freeze are told to stand aside."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        for model in (MinimumCommitment, UsageThreshold, Price, PlanVersion, Plan, Meter, Product):
            cursor.execute(f'DELETE FROM "{model._meta.db_table}"')
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")


def test_tax_codes_and_gross_prices_round_trip_and_are_told_as_changes() -> None:
    bring_in(SMALL)
    taxed = SMALL.replace("name: App", "name: App\n    tax_code: saas", 1).replace(
        "        name: Base fee\n",
        "        name: Base fee\n        tax_behavior: inclusive\n        tax_code: ebook\n",
        1,
    )

    told = bring_in(taxed)

    assert "~ product app" in told
    assert '    tax_code: (none) → "saas"' in told
    assert '    prices.base.tax_behavior: (none) → "inclusive"' in told
    assert Product.objects.get().tax_code == "saas"
    base = Price.objects.filter(version__number=2, code="base")
    assert {(price.tax_behavior, price.tax_code) for price in base} == {("inclusive", "ebook")}
    assert export_catalog().count("tax_behavior: inclusive") == 1
    assert bring_in(export_catalog()) == []


def test_what_cannot_be_a_tax_code_is_refused_with_its_line() -> None:
    with pytest.raises(CatalogInvalid) as refused:
        bring_in(SMALL.replace("name: App", "name: App\n    tax_code: no code", 1))

    (fault,) = refused.value.errors
    assert fault.code == "invalid_tax_code"
