from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.pricing.errors import PricingError
from apps.pricing.periods.anchor import Anchor
from apps.pricing.periods.cadence import Cadence, Interval
from apps.pricing.periods.period import Period
from apps.pricing.periods.schedule import Alignment, Schedule, full_period, period_containing
from apps.pricing.proration import (
    DEFAULT,
    Prorated,
    days_30_360,
    days_between,
    prorated_amount,
    share_of,
    share_of_counts,
    share_of_period,
)
from apps.pricing.proration_policy import Denominator, ProrationPolicy, ProrationRounding, ProrationUnit
from apps.pricing.rounding import Rounding
from apps.pricing.trace import Trace

EXACT = st.decimals(min_value=-(10**9), max_value=10**9, places=6, allow_nan=False)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def prorated(exact: Decimal, numerator: int, denominator: int, policy: ProrationPolicy = DEFAULT) -> Prorated:
    return prorated_amount(exact, share_of_counts(policy, numerator, denominator), policy)


@pytest.mark.parametrize(
    ("exact", "numerator", "denominator", "currency", "minor"),
    [
        ("30", 15, 30, "USD", 1500),
        ("5", 1, 31, "USD", 16),
        ("6", 30, 31, "USD", 581),
        ("10", 0, 31, "EUR", 0),
        ("10", 31, 31, "EUR", 1000),
        ("1000", 1, 3, "JPY", 333),
        ("1", 1, 2000, "KWD", 1),
        ("-5", 1, 31, "USD", -16),
        # To 12 decimals this part would be 0.005 and round up.
        ("0.01", 4999999999999, 10000000000000, "USD", 0),
    ],
)
def test_prorated_amount_is_rounded_once_from_the_fraction(
    exact: str, numerator: int, denominator: int, currency: str, minor: int
) -> None:
    assert prorated(Decimal(exact), numerator, denominator).money(currency).minor == minor


@pytest.mark.parametrize(
    ("exact", "numerator", "denominator", "shown"),
    [("5", 1, 31, "0.161290322581"), ("1", 1, 2, "0.500000000000"), ("5", 0, 31, "0")],
)
def test_prorated_amount_is_shown_to_twelve_decimals(
    exact: str, numerator: int, denominator: int, shown: str
) -> None:
    assert str(prorated(Decimal(exact), numerator, denominator).shown) == shown


def test_prorated_without_a_unit_is_the_whole_amount() -> None:
    part = prorated(Decimal(10), 3, 31, ProrationPolicy(proration_unit=ProrationUnit.NONE))

    assert (part.exact, part.share.numerator, part.share.denominator) == (10, 1, 1)


@pytest.mark.parametrize(
    ("exact", "numerator", "denominator", "code"),
    [
        (Decimal(1), -1, 31, "invalid_proration"),
        (Decimal(1), 1, 0, "invalid_proration"),
        (0.5, 1, 31, "float_refused"),
    ],
)
def test_proration_that_makes_no_sense_is_refused(
    exact: Decimal, numerator: int, denominator: int, code: str
) -> None:
    with pytest.raises(PricingError) as refusal:
        prorated(exact, numerator, denominator)

    assert refusal.value.code == code


@pytest.mark.parametrize(
    ("unit", "numerator", "denominator", "minor"),
    [
        (ProrationUnit.DAY, 18, 31, 1742),
        (ProrationUnit.SECOND, 1506600, 2674800, 1690),
        (ProrationUnit.NONE, 1, 1, 3000),
    ],
)
def test_first_calendar_period_is_prorated_in_local_days_or_seconds(
    unit: ProrationUnit, numerator: int, denominator: int, minor: int
) -> None:
    # 14 March 2026, 12:30 in Berlin; the month has a day of 23 hours.
    start = utc("2026-03-14T11:30")
    schedule = Schedule(
        Anchor(start, "Europe/Berlin"), Cadence(Interval.MONTH), Alignment.CALENDAR, starts_at=start
    )

    policy = ProrationPolicy(proration_unit=unit)
    share = share_of(
        policy, period_containing(schedule, start), full_period(schedule, start), "Europe/Berlin"
    )
    part = prorated_amount(Decimal(30), share, policy)

    assert (part.share.numerator, part.share.denominator) == (numerator, denominator)
    assert part.money("EUR").minor == minor


def test_prorated_step_explains_the_part() -> None:
    step = prorated(Decimal(5), 1, 31).step()

    assert dict(step.inputs) == {
        "numerator": "1",
        "denominator": "31",
        "unit": "days",
        "amount": "0.161290322581",
    }


@pytest.mark.parametrize(
    ("policy", "kind", "sentence"),
    [
        (DEFAULT, "prorated", "20 of 31 days: €6.451612903226"),
        (DEFAULT, "unused", "Not used, 20 of 31 days: €6.451612903226"),
        (
            ProrationPolicy(proration_rounding=ProrationRounding.FACTOR_9),
            "prorated",
            "20 of 31 days, a factor of 0.64516129: €6.4516129",
        ),
        (
            ProrationPolicy(proration_rounding=ProrationRounding.FACTOR_9),
            "unused",
            "Not used, 20 of 31 days, a factor of 0.64516129: €6.4516129",
        ),
        (
            ProrationPolicy(proration_unit=ProrationUnit.DAY_30_360),
            "prorated",
            "20 of 31 days of 30-day months: €6.451612903226",
        ),
    ],
)
def test_prorated_step_is_told_in_a_sentence(policy: ProrationPolicy, kind: str, sentence: str) -> None:
    step = prorated(Decimal(10), 20, 31, policy).step(kind)

    assert Trace("EUR", (step,)).explain() == [sentence]


def test_factor_is_rounded_before_the_amount_where_the_policy_says_so() -> None:
    factor_first = ProrationPolicy(proration_rounding=ProrationRounding.FACTOR_9)

    # 19.95 / 30 is 0.665 exactly, and 0.664999999335 by a factor of 0.033333333.
    assert prorated(Decimal("19.95"), 1, 30).money("USD").minor == 67
    assert prorated(Decimal("19.95"), 1, 30, factor_first).money("USD").minor == 66


@pytest.mark.parametrize(
    ("rounding", "minor"),
    [(Rounding.HALF_UP, 3), (Rounding.HALF_EVEN, 2), (Rounding.TRUNCATE, 2), (Rounding.UP, 3)],
)
def test_prorated_amount_is_rounded_as_the_policy_says(rounding: Rounding, minor: int) -> None:
    part = prorated(Decimal("0.05"), 1, 2, ProrationPolicy(amount_rounding=rounding))

    assert part.money("EUR").minor == minor


FIXED = ProrationPolicy(denominator=Denominator.FIXED_DAYS, fixed_days=30)


@pytest.mark.parametrize(
    ("start", "end", "counts"),
    [
        ("2027-01-01", "2027-01-21", (20, 30)),
        ("2027-01-02", "2027-02-01", (30, 30)),
        ("2027-01-01", "2027-02-01", (31, 31)),
        # A bridge to another billing day is longer than its whole period.
        ("2027-01-01", "2027-02-15", (45, 30)),
    ],
)
def test_share_of_fixed_days_is_one_for_the_whole_period(
    start: str, end: str, counts: tuple[int, int]
) -> None:
    january = Period(utc("2027-01-01"), utc("2027-02-01"))

    share = share_of(FIXED, Period(utc(start), utc(end)), january, "UTC")

    assert (share.numerator, share.denominator) == counts


def test_share_of_fixed_days_in_seconds_has_days_of_86400() -> None:
    policy = replace(FIXED, proration_unit=ProrationUnit.SECOND)

    assert share_of(policy, Period(utc("2027-01-01"), utc("2027-01-04")), None, "UTC").factor == Fraction(
        1, 10
    )


def test_share_of_fixed_days_inside_a_period_is_never_above_one() -> None:
    policy = replace(FIXED, proration_unit=ProrationUnit.SECOND)
    january = Period(utc("2027-01-01"), utc("2027-02-01"))

    assert share_of(policy, Period(utc("2027-01-01T12:00"), january.ends_at), january, "UTC").factor == 1


def test_share_of_a_whole_period_without_a_day_is_one() -> None:
    hour = Period(utc("2027-01-01T10:00"), utc("2027-01-01T11:00"))

    assert share_of(DEFAULT, hour, hour, "UTC").is_whole


def test_share_of_no_part_is_nothing_and_without_a_whole_is_refused() -> None:
    part = Period(utc("2027-01-01"), utc("2027-02-01"))

    assert share_of(DEFAULT, None, part, "UTC").factor == 0
    with pytest.raises(PricingError) as refusal:
        share_of(DEFAULT, part, None, "UTC")
    assert refusal.value.code == "whole_period_missing"


@pytest.mark.parametrize(
    ("start", "end", "days"),
    [
        ("2023-02-23", "2023-03-15", 22),
        ("2023-01-31", "2023-02-01", 0),
        ("2024-02-01", "2024-03-01", 30),
        ("2024-02-28", "2024-03-01", 3),
        ("2023-12-15", "2025-01-15", 390),
    ],
)
def test_days_30_360_give_every_month_thirty(start: str, end: str, days: int) -> None:
    assert days_30_360(date.fromisoformat(start), date.fromisoformat(end)) == days


@given(st.lists(st.dates(date(2000, 1, 1), date(2040, 1, 1)), min_size=3, max_size=3))
def test_days_30_360_of_two_parts_are_those_of_the_whole(days: list[date]) -> None:
    first, middle, last = sorted(days)

    assert days_30_360(first, middle) + days_30_360(middle, last) == days_30_360(first, last)
    assert days_30_360(first, middle) >= 0


@pytest.mark.parametrize(
    ("start", "end", "zone", "days"),
    [
        ("2026-03-29T00:00", "2026-03-30T00:00", "Europe/Berlin", 1),
        ("2026-03-28T23:00", "2026-03-29T22:00", "Europe/Berlin", 1),
        ("2026-10-24T22:00", "2026-10-25T23:00", "Europe/Berlin", 1),
        ("2026-01-01T18:00", "2026-01-01T18:30", "Asia/Kathmandu", 1),
        ("2024-02-28T12:00", "2024-03-01T01:00", "UTC", 2),
        ("2026-01-02T00:00", "2026-01-01T00:00", "UTC", -1),
    ],
)
def test_days_between_counts_local_dates(start: str, end: str, zone: str, days: int) -> None:
    assert days_between(utc(start), utc(end), zone) == days


@given(EXACT, st.integers(min_value=1, max_value=10**8), st.data())
def test_prorated_parts_sum_to_the_whole_exactly(
    exact: Decimal, denominator: int, data: st.DataObject
) -> None:
    numerator = data.draw(st.integers(min_value=0, max_value=denominator))

    used = prorated(exact, numerator, denominator).exact
    unused = prorated(exact, denominator - numerator, denominator).exact

    assert used + unused == Fraction(exact)


@given(EXACT, st.dates(date(2000, 1, 1), date(2040, 1, 1)))
def test_prorated_full_period_costs_the_full_amount(exact: Decimal, day: date) -> None:
    schedule = Schedule(Anchor(day, "Asia/Kathmandu"), Cadence(Interval.MONTH))
    whole = period_containing(schedule, schedule.anchor.instant)

    assert prorated_amount(exact, share_of(DEFAULT, whole, whole, "Asia/Kathmandu")).exact == Fraction(exact)


def test_period_holds_its_start_and_not_its_end() -> None:
    period = Period(utc("2026-01-01"), utc("2026-02-01"))

    assert period.starts_at in period
    assert period.ends_at not in period


@pytest.mark.parametrize(
    ("policies", "minor"),
    [
        ({}, 3150),
        ({"proration_unit": "second"}, 3150),
        ({"proration_unit": "day_30_360"}, 3267),
        ({"proration_unit": "none"}, 4900),
        ({"denominator": "period_on_same_boundary"}, 3150),
        ({"denominator": "boundary_minus_interval"}, 2845),
        ({"denominator": "fixed_days:30"}, 2940),
        ({"denominator": "fixed_days:30", "proration_unit": "day_30_360"}, 2940),
    ],
)
def test_examples_of_the_guide_are_true(policies: dict[str, str], minor: int) -> None:
    start = utc("2027-02-10")
    schedule = Schedule(Anchor(start, "UTC"), Cadence(Interval.MONTH), Alignment.BILLING_DAY, billing_day=31)
    policy = ProrationPolicy.parse(policies)

    share = share_of_period(policy, schedule, start)

    assert prorated_amount(Decimal(49), share, policy).money("EUR").minor == minor
