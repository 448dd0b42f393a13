"""Numbers by the brand's rule: a year ends at local midnight, and no change of it makes a gap or a double."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import Error, transaction

from apps.accounts.models import Brand
from apps.audit.models import Event
from apps.invoices.enums import SeriesKind, SeriesReset
from apps.invoices.errors import NumberFormatInvalid, NumberRuleRefused
from apps.invoices.models import NumberRule, NumberSeries
from apps.invoices.numbering import NumberTerms
from apps.invoices.services.change_number_rule import change_number_rule, plan_rule_change
from apps.invoices.services.next_number import next_number
from tests.factories.billing import utc
from tests.factories.customers import make_brand

pytestmark = pytest.mark.django_db

AT = utc(2026, 6, 1, 8)
INVOICE, CREDIT_NOTE = SeriesKind.INVOICE, SeriesKind.CREDIT_NOTE
YEARLY = NumberTerms("ACME", "{prefix}-{year}-{number:04d}", SeriesReset.YEARLY)
INDIAN = NumberTerms("AC", "{prefix}/{yy}-{next_yy}/{number:05d}", SeriesReset.FINANCIAL_YEAR, first_month=4)


def acme(**overrides: Any) -> Brand:
    return make_brand(**{"invoice_prefix": "ACME", "default_time_zone": "Europe/Berlin", **overrides})


def spend(brand: Brand, at: datetime = AT, *, kind: SeriesKind = INVOICE, livemode: bool = True) -> str:
    with transaction.atomic():
        return next_number(brand=brand, livemode=livemode, kind=kind, at=at)[1]


def test_yearly_series_begins_anew_at_local_midnight() -> None:
    brand, midnight = acme(), utc(2026, 12, 31, 23)
    change_number_rule(brand=brand, kind=INVOICE, terms=YEARLY, at=AT)
    minute = timedelta(minutes=1)

    numbers = [spend(brand, at) for at in (AT, midnight - minute, midnight, midnight + minute)]
    late = spend(brand, midnight - minute)

    assert numbers == ["ACME-2026-0001", "ACME-2026-0002", "ACME-2027-0001", "ACME-2027-0002"]
    # What is dated back counts in its own year.
    assert late == "ACME-2026-0003"
    assert [row.period for row in NumberSeries.objects.filter(kind=INVOICE).order_by("period")] == [
        "2026",
        "2027",
    ]


def test_indian_financial_year_begins_in_april() -> None:
    brand = acme(country="IN", default_time_zone="Asia/Kolkata")
    change_number_rule(brand=brand, kind=INVOICE, terms=INDIAN, at=AT)
    new_year = utc(2027, 3, 31, 18, 30)

    numbers = [spend(brand, at) for at in (AT, new_year - timedelta(seconds=1), new_year)]

    assert numbers == ["AC/26-27/00001", "AC/26-27/00002", "AC/27-28/00001"]


def test_number_of_more_than_sixteen_characters_is_refused_in_india() -> None:
    brand = acme(country="IN")
    terms = NumberTerms("ACMEIND", "{prefix}/{yy}-{next_yy}/{number:06d}", SeriesReset.FINANCIAL_YEAR, 4)

    with pytest.raises(NumberFormatInvalid) as refused:
        change_number_rule(brand=brand, kind=INVOICE, terms=terms, at=AT)

    assert refused.value.message == (
        "ACMEIND/26-27/999999 has 20 characters: in India a number has at most 16, "
        "of letters, digits, - and /."
    )


def test_first_number_goes_on_after_another_system_and_the_next_year_begins_with_one() -> None:
    brand = acme()
    terms = NumberTerms("ACME", YEARLY.number_format, SeriesReset.YEARLY, first_number=541)
    change_number_rule(brand=brand, kind=INVOICE, terms=terms, at=AT)

    numbers = [spend(brand), spend(brand), spend(brand, utc(2027, 2, 1))]

    assert numbers == ["ACME-2026-0541", "ACME-2026-0542", "ACME-2027-0001"]


def test_first_number_above_a_begun_series_would_leave_a_gap_and_is_refused() -> None:
    brand = acme()
    spend(brand)

    with pytest.raises(NumberRuleRefused) as refused:
        change_number_rule(brand=brand, kind=INVOICE, terms=NumberTerms("ACME", first_number=500), at=AT)

    assert refused.value.field == "first_number"
    assert "has come to ACME-000001" in refused.value.message
    assert not NumberRule.objects.exists()


def test_another_prefix_begins_a_series_and_the_old_letters_count_on() -> None:
    brand = acme()
    before = [spend(brand), spend(brand)]
    change_number_rule(brand=brand, kind=INVOICE, terms=NumberTerms("NEW"), at=AT)
    other = spend(brand)
    change_number_rule(brand=brand, kind=INVOICE, terms=NumberTerms("ACME"), at=AT)

    assert [*before, other, spend(brand)] == ["ACME-000001", "ACME-000002", "NEW-000001", "ACME-000003"]


def test_fewer_digits_continue_the_same_series() -> None:
    brand = acme()
    spend(brand)

    change_number_rule(brand=brand, kind=INVOICE, terms=NumberTerms("ACME", "{prefix}-{number:03d}"), at=AT)

    assert spend(brand) == "ACME-002"


@pytest.mark.parametrize(
    ("kind", "terms"),
    [
        # The letters of the other kind, of test mode, and of the other kind in some year to come.
        (INVOICE, NumberTerms("ACME-CN")),
        (CREDIT_NOTE, NumberTerms("ACME")),
        (INVOICE, NumberTerms("ACME-TEST-CN")),
        (CREDIT_NOTE, NumberTerms("ACME-TEST")),
    ],
)
def test_letters_of_another_series_are_refused(kind: SeriesKind, terms: NumberTerms) -> None:
    brand = acme()

    with pytest.raises(NumberRuleRefused) as refused:
        change_number_rule(brand=brand, kind=kind, terms=terms, at=AT)

    assert refused.value.field == "prefix"


def test_letters_that_will_meet_in_a_year_to_come_are_refused() -> None:
    brand = acme()
    change_number_rule(brand=brand, kind=INVOICE, terms=YEARLY, at=AT)

    with pytest.raises(NumberRuleRefused) as refused:
        change_number_rule(brand=brand, kind=CREDIT_NOTE, terms=NumberTerms("ACME-2031"), at=AT)

    assert refused.value.message.startswith("Another series has numbers that begin with ACME-2031")


def test_letters_of_a_series_that_has_ended_are_refused_to_another_kind() -> None:
    brand = acme()
    spend(brand)
    change_number_rule(brand=brand, kind=INVOICE, terms=NumberTerms("NEW"), at=AT)

    with pytest.raises(NumberRuleRefused):
        change_number_rule(brand=brand, kind=CREDIT_NOTE, terms=NumberTerms("ACME"), at=AT)


@pytest.mark.parametrize(
    "terms",
    [
        NumberTerms("ACME", "{prefix}-{number:06d}", SeriesReset.YEARLY),
        NumberTerms("ACME", "{prefix}-{year}-{number:06d}", SeriesReset.NEVER),
    ],
)
def test_year_and_reset_belong_together(terms: NumberTerms) -> None:
    with pytest.raises(NumberFormatInvalid):
        change_number_rule(brand=acme(), kind=INVOICE, terms=terms, at=AT)


def test_test_mode_follows_the_rule_with_numbers_of_its_own() -> None:
    brand = acme()
    change_number_rule(brand=brand, kind=INVOICE, terms=YEARLY, at=AT)
    credit = NumberTerms("ACME-CN", YEARLY.number_format, SeriesReset.YEARLY)
    change_number_rule(brand=brand, kind=CREDIT_NOTE, terms=credit, at=AT)

    numbers = [
        spend(brand, kind=kind, livemode=livemode)
        for kind in (INVOICE, CREDIT_NOTE)
        for livemode in (True, False)
    ]

    assert numbers == ["ACME-2026-0001", "ACME-TEST-2026-0001", "ACME-CN-2026-0001", "ACME-TEST-CN-2026-0001"]


def test_brand_that_moves_its_clock_ends_its_year_there() -> None:
    brand = acme()
    change_number_rule(brand=brand, kind=INVOICE, terms=YEARLY, at=AT)
    evening = utc(2026, 12, 31, 23, 30)
    before = spend(brand, AT)
    Brand.objects.filter(pk=brand.pk).update(default_time_zone="America/New_York")
    brand.refresh_from_db()

    # In Berlin this is 2027 already, in New York it is not.
    assert [before, spend(brand, evening)] == ["ACME-2026-0001", "ACME-2026-0002"]


def test_change_is_told_before_it_is_made_and_recorded() -> None:
    brand = acme()
    spend(brand)

    planned = plan_rule_change(brand=brand, kind=INVOICE, terms=YEARLY, livemode=True, at=AT)
    made = NumberRule.objects.exists()
    change_number_rule(brand=brand, kind=INVOICE, terms=YEARLY, at=AT)

    assert not made
    assert (planned.number_now, planned.number_then) == ("ACME-000002", "ACME-2026-0001")
    assert planned.sentences == (
        "The series ACME ends with ACME-000001 and keeps its numbers.",
        "A new series begins with ACME-2026-0001.",
    )
    event = Event.objects.get(name="number_rule.changed")
    assert event.data == {"kind": "invoice", "before": "ACME-000002", "after": "ACME-2026-0001"}


@pytest.mark.parametrize(
    "change", [{"next_value": 1}, {"prefix": "OTHER"}, {"kind": "credit_note"}, {"livemode": False}]
)
def test_database_keeps_a_counter_from_running_back_or_becoming_another(change: dict[str, Any]) -> None:
    brand = acme()
    spend(brand)

    with pytest.raises(Error, match="only counts upwards"), transaction.atomic():
        NumberSeries.objects.filter(kind=INVOICE).update(**change)
