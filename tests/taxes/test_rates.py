"""Dated rates: set, ended, loaded, compared with the outside world."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import eu_vat_rates_data
import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction

from apps.taxes.enums import RateKind, RateLevel
from apps.taxes.errors import RateInvalid
from apps.taxes.models import TaxRate
from apps.taxes.rate_file import COLUMNS, shipped_files
from apps.taxes.selectors import rates_at, rates_on
from apps.taxes.services.end_rate import end_rate
from apps.taxes.services.load_rates import load_rates
from apps.taxes.services.set_rate import RateKey, set_rate
from apps.taxes.territory import EU_MEMBERS, place_of
from apps.taxes.vat_rate_diff import RateChange, vat_rate_changes
from tests.factories.customers import MADE_AT
from tests.factories.taxes import ship_rates

GERMAN = RateKey(country="DE")
DAY = date(2026, 10, 1)


def set_to(percent: str, day: date, key: RateKey = GERMAN) -> TaxRate:
    return set_rate(key=key, percent=Decimal(percent), valid_from=day, at=MADE_AT)


@pytest.mark.django_db
def test_a_rate_ends_on_the_day_that_the_next_begins() -> None:
    first = set_to("19", date(2021, 1, 1))

    second = set_to("20", DAY)

    first.refresh_from_db()
    assert (first.valid_to, second.valid_to) == (DAY, None)
    place = place_of("DE")
    assert [rate.percent for rate in rates_at(place, date(2026, 9, 30))] == [19]
    assert [rate.percent for rate in rates_at(place, DAY)] == [20]


@pytest.mark.django_db
def test_the_same_rate_again_changes_nothing() -> None:
    first = set_to("19", date(2021, 1, 1))

    assert set_to("19", DAY).pk == first.pk == set_to("19", date(2021, 1, 1)).pk
    assert TaxRate.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("percent", "day", "key"),
    [
        ("100.1", DAY, GERMAN),
        ("-1", DAY, GERMAN),
        ("5", date(2020, 1, 1), GERMAN),
        ("5", DAY, RateKey(country="EU")),
        ("5", DAY, RateKey(country="US", region="Texas", level=RateLevel.STATE)),
    ],
)
def test_a_rate_that_cannot_be_is_refused(percent: str, day: date, key: RateKey) -> None:
    set_to("19", date(2021, 1, 1))

    with pytest.raises(RateInvalid):
        set_to(percent, day, key)

    assert TaxRate.objects.count() == 1


@pytest.mark.django_db
def test_a_rate_is_only_ended() -> None:
    rate = set_to("19", date(2021, 1, 1))

    ended = end_rate(rate_id=rate.pk, valid_to=DAY, at=MADE_AT)

    assert ended.valid_to == DAY
    with (
        pytest.raises(IntegrityError, match="does not change"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("UPDATE taxes_taxrate SET percent = 0")
    with pytest.raises(RateInvalid):
        end_rate(rate_id=rate.pk, valid_to=date(2021, 1, 1), at=MADE_AT)


@pytest.mark.django_db
def test_an_end_does_not_reach_into_the_next_rate() -> None:
    first = set_to("19", date(2021, 1, 1))
    set_to("20", DAY)

    with pytest.raises(RateInvalid, match="2026-10-01"):
        end_rate(rate_id=first.pk, valid_to=None, at=MADE_AT)


@pytest.mark.django_db
def test_shipped_rates_are_loaded_once_and_leave_what_staff_entered() -> None:
    own = set_to("18", date(2024, 1, 1))

    said = StringIO()
    call_command("load_tax_rates", stdout=said)

    assert load_rates(at=MADE_AT) == 0
    assert said.getvalue() == f"{TaxRate.objects.count() - 1} tax rates added.\n"
    german = rates_on(DAY).filter(country="DE", tax_code="standard")
    assert [rate.pk for rate in german] == [own.pk]


@pytest.mark.django_db
def test_shipped_rates_cover_every_member_state_and_name_their_sources() -> None:
    ship_rates()

    standard = rates_on(DAY).filter(tax_code="standard", kind=RateKind.VAT, postal_prefix="")
    assert EU_MEMBERS - set(standard.values_list("country", flat=True)) == set()
    assert rates_on(DAY).filter(country="US", level=RateLevel.STATE, tax_code="standard").count() == 51
    assert TaxRate.objects.filter(source="").count() == 0
    assert len(shipped_files()) == 3


@pytest.mark.django_db
def test_shipped_standard_rates_are_those_of_the_commission() -> None:
    ship_rates()

    changes = vat_rate_changes(eu_vat_rates_data.get_all_rates(), rates_on(DAY))

    assert [str(change) for change in changes] == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("DE,,country,,,standard,vat,VAT,190,2026-01-01,,x", "line 2: a rate is from 0 to 100"),
        ("DE,,country,,,standard,vat,VAT,19,soon,,x", "line 2"),
        ("DE,,planet,,,standard,vat,VAT,19,2026-01-01,,x", "line 2"),
    ],
)
def test_a_file_with_a_bad_row_adds_nothing(tmp_path: Path, line: str, reason: str) -> None:
    path = tmp_path / "own.csv"
    path.write_text(",".join(COLUMNS) + "\n" + line + "\n")

    with pytest.raises(CommandError, match=reason):
        call_command("load_tax_rates", str(path))

    assert TaxRate.objects.count() == 0


def entry(**changes: Any) -> dict[str, Any]:
    return {"standard": 19.0, "reduced": [7.0], "super_reduced": None, "parking": None, **changes}


def rate(percent: str, code: str = "standard", country: str = "DE") -> TaxRate:
    return TaxRate(country=country, tax_code=code, percent=Decimal(percent), level=RateLevel.COUNTRY)


KNOWN = [rate("19"), rate("7", "reduced")]


@pytest.mark.parametrize(
    ("data", "present", "expected"),
    [
        ({"DE": entry()}, KNOWN, []),
        ({"DE": entry(standard=20.0)}, KNOWN, ["DE standard: 19 % -> 20 %"]),
        ({"DE": entry(reduced=[5.5])}, KNOWN, ["DE reduced: 7 % -> 5.5 %"]),
        ({"DE": entry()}, [], ["DE standard: none -> 19 %", "DE reduced: none -> 7 %"]),
        (
            {"DE": entry(reduced=[7.0, 12.0])},
            KNOWN,
            ["DE reduced: none -> 12 %   (of what? add it by hand)"],
        ),
        (
            {"DE": entry(reduced=[])},
            KNOWN,
            ["DE reduced: 7 % -> none   (which rate follows? decide by hand)"],
        ),
        ({"DE": entry(super_reduced=4.0)}, KNOWN, ["DE super_reduced: none -> 4 %"]),
        # What the set repeats as super-reduced is none: that is below 5 % by the directive.
        ({"DE": entry(super_reduced=7.0)}, KNOWN, []),
        # Corsica and the overseas departments are no rates of France.
        (
            {"FR": entry(standard=20.0, reduced=[0.9, 1.05, 5.5, 8.5, 10.0, 13.0])},
            [rate("20", country="FR"), rate("5.5", "reduced", "FR"), rate("10", "reduced_2", "FR")],
            [],
        ),
        ({"NO": entry(standard=25.0)}, [], []),
    ],
)
def test_differences_are_told_by_code(
    data: dict[str, Any], present: list[TaxRate], expected: list[str]
) -> None:
    assert [str(change) for change in vat_rate_changes(data, present)] == expected


@pytest.mark.django_db
def test_the_import_shows_first_and_writes_dated_rows_when_told(monkeypatch: pytest.MonkeyPatch) -> None:
    ship_rates()
    old = {**eu_vat_rates_data.get_all_rates()}
    old["DE"] = {**old["DE"], "standard": 20.0}
    monkeypatch.setattr(eu_vat_rates_data, "get_all_rates", lambda: old)
    shown, written = StringIO(), StringIO()

    call_command("import_vat_rates", "--from", "2027-01-01", stdout=shown)
    before = list(rates_on(date(2027, 1, 1)).filter(country="DE", tax_code="standard"))
    call_command("import_vat_rates", "--from", "2027-01-01", "--yes", stdout=written)

    assert "DE standard: 19 % -> 20 %" in shown.getvalue()
    assert "Nothing was written" in shown.getvalue()
    assert [rate.percent for rate in before] == [19]
    assert "1 written, from 2027-01-01 on" in written.getvalue()
    dated = TaxRate.objects.filter(country="DE", tax_code="standard").order_by("-valid_from")[:2]
    assert [(r.percent, r.valid_from, r.valid_to) for r in dated] == [
        (20, date(2027, 1, 1), None),
        (19, date(2021, 1, 1), date(2027, 1, 1)),
    ]
    assert dated[0].source.startswith("eu-vat-rates-data")


def test_a_change_says_what_it_is() -> None:
    assert str(RateChange("RO", "reduced_2", Decimal(9), None)) == "RO reduced_2: 9 % -> none"
