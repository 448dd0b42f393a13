from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.pricing.errors import PricingError
from apps.pricing.periods.anchor import Anchor, Precision
from apps.pricing.periods.cadence import Cadence, Interval
from apps.pricing.periods.invoiced import (
    elapsed_periods,
    last_ended_period,
    period_of_day_before,
    periods_ended,
    periods_started,
)
from apps.pricing.periods.lattice import boundary, period_before
from apps.pricing.periods.period import Period
from apps.pricing.periods.rejoin import Rejoin, rejoined_end
from apps.pricing.periods.schedule import (
    Alignment,
    Schedule,
    first_boundary,
    full_period,
    next_boundary,
    period_containing,
    periods_between,
)
from apps.pricing.periods.wall_clock import instant_of, local_day, start_of_day
from apps.pricing.proration_policy import Denominator

MONTHLY = Cadence(Interval.MONTH)
ZONES = st.sampled_from(
    ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "America/Havana"]
)
# Hypothesis wants the bounds naive.
INSTANTS = st.datetimes(datetime(2000, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
DAYS = st.dates(date(2000, 1, 1), date(2040, 1, 1))
CADENCES = st.builds(Cadence, st.sampled_from(Interval), st.integers(min_value=1, max_value=13))


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def local_days(anchor: Anchor, cadence: Cadence, count: int) -> list[str]:
    return [local_day(boundary(anchor, cadence, n), anchor.zone).isoformat() for n in range(count)]


@pytest.mark.parametrize(
    ("day", "cadence", "days"),
    [
        (date(2026, 1, 31), MONTHLY, ["2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31"]),
        (date(2024, 1, 31), MONTHLY, ["2024-01-31", "2024-02-29", "2024-03-31"]),
        (date(2026, 1, 30), MONTHLY, ["2026-01-30", "2026-02-28", "2026-03-30"]),
        (date(2026, 2, 28), MONTHLY, ["2026-02-28", "2026-03-28"]),
        (
            date(2024, 2, 29),
            Cadence(Interval.YEAR),
            ["2024-02-29", "2025-02-28", "2026-02-28", "2027-02-28", "2028-02-29"],
        ),
        (date(2025, 11, 30), Cadence(Interval.QUARTER), ["2025-11-30", "2026-02-28", "2026-05-30"]),
        (date(2025, 8, 31), Cadence(Interval.HALF_YEAR), ["2025-08-31", "2026-02-28", "2026-08-31"]),
        (date(2025, 12, 31), Cadence(Interval.MONTH, 2), ["2025-12-31", "2026-02-28", "2026-04-30"]),
        (date(2024, 2, 27), Cadence(Interval.DAY, 2), ["2024-02-27", "2024-02-29", "2024-03-02"]),
        (date(2025, 12, 29), Cadence(Interval.WEEK), ["2025-12-29", "2026-01-05"]),
    ],
)
def test_boundary_is_counted_from_the_original_anchor(day: date, cadence: Cadence, days: list[str]) -> None:
    assert local_days(Anchor(day, "Europe/Berlin"), cadence, len(days)) == days


def test_boundary_before_the_anchor_is_on_the_same_lattice() -> None:
    anchor = Anchor(date(2026, 3, 31), "UTC")

    assert boundary(anchor, MONTHLY, -1) == utc("2026-02-28")
    assert boundary(anchor, MONTHLY, -2) == utc("2026-01-31")


@pytest.mark.parametrize(
    ("zone", "day", "instant"),
    [
        ("UTC", date(2026, 3, 1), "2026-03-01T00:00"),
        ("Asia/Kathmandu", date(2026, 3, 1), "2026-02-28T18:15"),
        ("Asia/Kolkata", date(2026, 3, 1), "2026-02-28T18:30"),
        ("America/New_York", date(2026, 3, 8), "2026-03-08T05:00"),
        ("America/New_York", date(2026, 3, 9), "2026-03-09T04:00"),
        # Midnight does not exist: clocks go from 00:00 to 01:00.
        ("America/Havana", date(2026, 3, 8), "2026-03-08T05:00"),
        # Midnight exists twice: the first one.
        ("America/Havana", date(2026, 11, 1), "2026-11-01T04:00"),
        # The zone skipped this day altogether.
        ("Pacific/Apia", date(2011, 12, 30), "2011-12-30T10:00"),
    ],
)
def test_start_of_day_in_a_zone(zone: str, day: date, instant: str) -> None:
    assert start_of_day(day, zone) == utc(instant)


@pytest.mark.parametrize(
    ("wall_time", "day", "instant"),
    [
        (time(2, 30), date(2026, 3, 29), "2026-03-29T01:00"),
        (time(2, 0), date(2026, 3, 29), "2026-03-29T01:00"),
        (time(2, 59, 59, 999999), date(2026, 3, 29), "2026-03-29T01:00"),
        (time(3, 0), date(2026, 3, 29), "2026-03-29T01:00"),
        (time(1, 59, 59), date(2026, 3, 29), "2026-03-29T00:59:59"),
        (time(2, 30), date(2026, 10, 25), "2026-10-25T00:30"),
        (time(3, 0), date(2026, 10, 25), "2026-10-25T02:00"),
    ],
)
def test_instant_of_a_wall_time_in_gap_and_overlap(wall_time: time, day: date, instant: str) -> None:
    assert instant_of(day, wall_time, "Europe/Berlin") == utc(instant)


def test_boundary_keeps_the_clock_time_across_dst() -> None:
    anchor = Anchor(utc("2026-03-15T08:00"), "Europe/Berlin", Precision.INSTANT)

    assert boundary(anchor, MONTHLY, 1) == utc("2026-04-15T07:00")


def test_boundary_zero_keeps_the_second_of_two_equal_hours() -> None:
    anchor = Anchor(utc("2026-10-25T01:30"), "Europe/Berlin", Precision.INSTANT)

    assert boundary(anchor, MONTHLY, 0) == utc("2026-10-25T01:30")
    assert boundary(anchor, MONTHLY, 1) == utc("2026-11-25T01:30")


def test_period_of_an_evening_that_repeats_after_midnight_is_the_one_that_began() -> None:
    # St. John's went from 00:01 back to 23:01: 7 November had begun when 6 November came again.
    schedule = Schedule(Anchor(date(2010, 11, 1), "America/St_Johns"), Cadence(Interval.DAY))

    period = period_containing(schedule, utc("2010-11-07T03:00"))

    assert period == Period(utc("2010-11-07T02:30"), utc("2010-11-08T03:30"))


def test_boundary_in_a_gap_does_not_move_the_later_ones() -> None:
    anchor = Anchor(utc("2026-02-28T01:30"), "Europe/Berlin", Precision.INSTANT)

    days = [boundary(anchor, Cadence(Interval.DAY), n) for n in (28, 29, 30)]

    assert days == [utc("2026-03-28T01:30"), utc("2026-03-29T01:00"), utc("2026-03-30T00:30")]


def test_periods_of_days_may_last_23_and_25_hours() -> None:
    schedule = Schedule(Anchor(date(2026, 1, 1), "Europe/Berlin"), Cadence(Interval.DAY))

    spring = period_containing(schedule, utc("2026-03-29T12:00"))
    autumn = period_containing(schedule, utc("2026-10-25T12:00"))

    assert spring == Period(utc("2026-03-28T23:00"), utc("2026-03-29T22:00"))
    assert autumn == Period(utc("2026-10-24T22:00"), utc("2026-10-25T23:00"))


def test_periods_leave_out_a_day_that_the_zone_skipped() -> None:
    schedule = Schedule(Anchor(date(2011, 12, 1), "Pacific/Apia"), Cadence(Interval.DAY))

    periods = periods_between(schedule, utc("2011-12-29T20:00"), utc("2011-12-30T20:00"))

    assert periods == [
        Period(utc("2011-12-29T10:00"), utc("2011-12-30T10:00")),
        Period(utc("2011-12-30T10:00"), utc("2011-12-31T10:00")),
    ]


@pytest.mark.parametrize(
    ("cadence", "start", "end"),
    [
        (Cadence(Interval.DAY), "2026-05-14", "2026-05-15"),
        (Cadence(Interval.WEEK), "2026-05-14", "2026-05-18"),
        (MONTHLY, "2026-05-14", "2026-06-01"),
        (Cadence(Interval.MONTH, 2), "2026-05-14", "2026-07-01"),
        (Cadence(Interval.QUARTER), "2026-05-14", "2026-07-01"),
        (Cadence(Interval.HALF_YEAR), "2026-05-14", "2026-07-01"),
        (Cadence(Interval.YEAR), "2026-05-14", "2027-01-01"),
    ],
)
def test_calendar_first_period_ends_with_the_natural_interval(cadence: Cadence, start: str, end: str) -> None:
    schedule = Schedule(Anchor(utc(start), "UTC"), cadence, Alignment.CALENDAR, starts_at=utc(start))

    assert period_containing(schedule, utc(start)) == Period(utc(start), utc(end))
    assert full_period(schedule, utc(start)).ends_at == utc(end)


def test_calendar_periods_follow_each_other_after_the_first_part() -> None:
    start = datetime(2026, 1, 30, 15, tzinfo=ZoneInfo("Asia/Kathmandu"))
    schedule = Schedule(Anchor(start, "Asia/Kathmandu"), MONTHLY, Alignment.CALENDAR, starts_at=start)

    periods = periods_between(schedule, start, utc("2026-03-01"))

    edges = ["2026-01-30T09:15", "2026-01-31T18:15", "2026-02-28T18:15", "2026-03-31T18:15"]
    assert [p.starts_at for p in periods] == [utc(edge) for edge in edges[:3]]
    assert periods[-1].ends_at == utc(edges[3])
    assert full_period(schedule, start) == Period(utc("2025-12-31T18:15"), utc("2026-01-31T18:15"))


@pytest.mark.parametrize(
    ("start", "billing_day", "cadence", "edges"),
    [
        (date(2026, 1, 10), 15, MONTHLY, ["2026-01-10", "2026-01-15", "2026-02-15"]),
        (date(2026, 1, 15), 15, MONTHLY, ["2026-01-15", "2026-02-15"]),
        (date(2026, 1, 16), 15, MONTHLY, ["2026-01-16", "2026-02-15", "2026-03-15"]),
        (date(2026, 1, 10), 31, MONTHLY, ["2026-01-10", "2026-01-31", "2026-02-28", "2026-03-31"]),
        (date(2026, 2, 28), 31, MONTHLY, ["2026-02-28", "2026-03-31", "2026-04-30"]),
        (date(2026, 1, 10), 1, Cadence(Interval.QUARTER), ["2026-01-10", "2026-04-01", "2026-07-01"]),
        (date(2026, 1, 10), 12, Cadence(Interval.YEAR), ["2026-01-10", "2026-01-12", "2027-01-12"]),
        (date(2026, 1, 10), 12, Cadence(Interval.DAY, 30), ["2026-01-10", "2026-02-09", "2026-03-11"]),
    ],
)
def test_billing_day_periods_start_with_a_part(
    start: date, billing_day: int, cadence: Cadence, edges: list[str]
) -> None:
    schedule = Schedule(Anchor(start, "UTC"), cadence, Alignment.BILLING_DAY, billing_day)

    periods = periods_between(schedule, utc(edges[0]), utc(edges[-1]))

    assert [p.starts_at for p in periods] == [utc(edge) for edge in edges[:-1]]
    assert periods[-1].ends_at == utc(edges[-1])


def test_full_period_of_a_billing_day_part_ends_on_the_same_boundary() -> None:
    schedule = Schedule(Anchor(date(2026, 1, 10), "UTC"), MONTHLY, Alignment.BILLING_DAY, 15)

    assert full_period(schedule, utc("2026-01-10")) == Period(utc("2025-12-15"), utc("2026-01-15"))


def test_first_boundary_of_an_anchor_on_the_billing_day_is_itself() -> None:
    anchor = Anchor(date(2026, 2, 28), "UTC")

    assert first_boundary(Schedule(anchor, MONTHLY, Alignment.BILLING_DAY, 31)) == utc("2026-02-28")
    assert first_boundary(Schedule(anchor, MONTHLY, Alignment.BILLING_DAY, 1)) == utc("2026-03-01")


def test_period_outside_the_schedule_is_its_first_or_last() -> None:
    schedule = Schedule(
        Anchor(date(2026, 1, 15), "UTC"), MONTHLY, starts_at=utc("2026-01-15"), ends_at=utc("2026-02-20")
    )

    assert period_containing(schedule, utc("2020-01-01")) == Period(utc("2026-01-15"), utc("2026-02-15"))
    assert period_containing(schedule, utc("2030-01-01")) == Period(utc("2026-02-15"), utc("2026-02-20"))
    assert periods_between(schedule, utc("2026-02-20"), utc("2026-05-01")) == []


def test_schedule_that_ends_on_a_boundary_opens_no_further_period() -> None:
    schedule = Schedule(
        Anchor(date(2026, 1, 15), "UTC"), MONTHLY, starts_at=utc("2026-01-15"), ends_at=utc("2026-02-15")
    )

    assert period_containing(schedule, utc("2026-02-15")) == Period(utc("2026-01-15"), utc("2026-02-15"))


def test_next_boundary_is_strictly_after() -> None:
    schedule = Schedule(Anchor(date(2026, 1, 31), "UTC"), MONTHLY)

    assert next_boundary(schedule, utc("2026-02-27T23:59:59")) == utc("2026-02-28")
    assert next_boundary(schedule, utc("2026-02-28")) == utc("2026-03-31")


def test_periods_of_a_run_in_advance_and_in_arrears() -> None:
    start = utc("2026-01-15")
    schedule = Schedule(Anchor(start, "UTC"), MONTHLY, starts_at=start)

    assert [p.starts_at for p in periods_started(schedule, utc("2026-02-15"))] == [start, utc("2026-02-15")]
    assert [p.starts_at for p in periods_ended(schedule, utc("2026-02-15"))] == [start]
    assert periods_ended(schedule, utc("2026-02-14T23:59:59")) == []
    assert elapsed_periods(schedule, utc("2026-04-15")) == 3
    assert last_ended_period(schedule, utc("2026-02-14")) is None
    assert last_ended_period(schedule, utc("2026-03-20")) == Period(utc("2026-02-15"), utc("2026-03-15"))


def test_last_ended_period_after_the_end_of_the_schedule_is_the_cut_one() -> None:
    schedule = Schedule(
        Anchor(date(2026, 1, 15), "UTC"), MONTHLY, starts_at=utc("2026-01-15"), ends_at=utc("2026-02-20")
    )

    assert last_ended_period(schedule, utc("2026-03-01")) == Period(utc("2026-02-15"), utc("2026-02-20"))


def test_period_of_the_day_before_is_cut_at_the_run() -> None:
    schedule = Schedule(Anchor(date(2026, 1, 10), "UTC"), MONTHLY, Alignment.BILLING_DAY, 15)

    assert period_of_day_before(schedule, utc("2026-01-12T09:00")) == Period(
        utc("2026-01-10"), utc("2026-01-12")
    )
    assert period_of_day_before(schedule, utc("2026-01-15")) == Period(utc("2026-01-10"), utc("2026-01-15"))
    assert period_of_day_before(schedule, utc("2026-01-10")) is None


@pytest.mark.parametrize(
    ("rule", "cadence", "start", "end"),
    [
        (Rejoin.WHOLE_CADENCE, Cadence(Interval.DAY, 3), "2026-02-27T08:00", "2026-03-02T12:00"),
        (Rejoin.NEXT_WEEKDAY, Cadence(Interval.WEEK), "2026-01-15T08:00", "2026-01-22T12:00"),
        (Rejoin.NEXT_WEEKDAY, Cadence(Interval.WEEK, 2), "2026-01-14T20:00", "2026-01-22T12:00"),
        (Rejoin.DAY_OF_MONTH, MONTHLY, "2026-04-01T00:00", "2026-04-15T12:00"),
        (Rejoin.DAY_OF_MONTH, Cadence(Interval.MONTH, 2), "2026-04-15T00:00", "2026-06-15T12:00"),
        (Rejoin.ANCHOR_IF_AHEAD, Cadence(Interval.QUARTER), "2025-12-20T00:00", "2026-01-15T12:00"),
        (Rejoin.ANCHOR_IF_AHEAD, Cadence(Interval.QUARTER), "2026-01-15T12:00", "2026-04-15T12:00"),
    ],
)
def test_rejoined_period_ends_by_its_rule(rule: Rejoin, cadence: Cadence, start: str, end: str) -> None:
    anchor = Anchor(utc("2026-01-15T12:00"), "UTC")

    assert rejoined_end(utc(start), anchor, cadence, rule) == utc(end)


def test_rejoin_rule_of_another_interval_is_refused() -> None:
    with pytest.raises(PricingError) as refusal:
        rejoined_end(utc("2026-01-15"), Anchor(utc("2026-01-15"), "UTC"), MONTHLY, Rejoin.NEXT_WEEKDAY)

    assert refusal.value.code == "rule_not_for_interval"


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda: Anchor(utc("2026-01-01").replace(tzinfo=None), "UTC"), "naive_datetime"),
        (lambda: Anchor(date(2026, 1, 1), "Mars/Base"), "unknown_zone"),
        (lambda: Anchor(date(2026, 1, 1), "../etc"), "unknown_zone"),
        (lambda: Anchor(date(2026, 1, 1), "UTC", Precision.INSTANT), "day_has_no_instant"),
        (lambda: Cadence(Interval.MONTH, 0), "invalid_count"),
        (lambda: Cadence(Interval.MONTH, True), "invalid_count"),
        (lambda: Cadence("fortnight"), "unknown_interval"),
        (lambda: Period(utc("2026-01-02"), utc("2026-01-02")), "empty_period"),
        (
            lambda: Schedule(Anchor(date(2026, 1, 1), "UTC"), MONTHLY, Alignment.BILLING_DAY),
            "billing_day_missing",
        ),
        (
            lambda: Schedule(Anchor(date(2026, 1, 1), "UTC"), MONTHLY, Alignment.BILLING_DAY, 32),
            "invalid_billing_day",
        ),
        (
            lambda: Schedule(
                Anchor(date(2026, 1, 1), "UTC"),
                MONTHLY,
                starts_at=utc("2026-01-02"),
                ends_at=utc("2026-01-02"),
            ),
            "empty_period",
        ),
    ],
)
def test_parts_of_a_schedule_that_are_wrong_are_refused(make: object, code: str) -> None:
    with pytest.raises(PricingError) as refusal:
        make()  # type: ignore[operator]

    assert refusal.value.code == code


@st.composite
def schedules(draw: st.DrawFn) -> Schedule:
    precision = draw(st.sampled_from(Precision))
    at = draw(INSTANTS) if precision is Precision.INSTANT else draw(DAYS)
    anchor = Anchor(at, draw(ZONES), precision)
    alignment = draw(st.sampled_from(Alignment))
    billing_day = draw(st.integers(min_value=1, max_value=31)) if alignment is Alignment.BILLING_DAY else None
    starts_at = draw(st.sampled_from([None, anchor.instant]))
    return Schedule(anchor, draw(CADENCES), alignment, billing_day, starts_at)


@given(schedules(), INSTANTS)
def test_period_contains_its_instant_and_the_next_begins_where_it_ends(
    schedule: Schedule, at: datetime
) -> None:
    if schedule.first_instant is not None:
        at = max(at, schedule.first_instant)

    period = period_containing(schedule, at)

    assert at in period
    assert period_containing(schedule, period.ends_at).starts_at == period.ends_at
    assert next_boundary(schedule, at) == period.ends_at
    assert period_containing(schedule, period.ends_at - timedelta(microseconds=1)) == period
    assert full_period(schedule, at).ends_at == period.ends_at


@given(schedules(), INSTANTS, st.integers(min_value=1, max_value=400))
def test_periods_between_are_contiguous_and_cover_the_span(
    schedule: Schedule, start: datetime, days: int
) -> None:
    if schedule.first_instant is not None:
        start = max(start, schedule.first_instant)
    end = start + timedelta(days=days)

    periods = periods_between(schedule, start, end)

    assert start in periods[0]
    assert periods[-1].starts_at < end <= periods[-1].ends_at
    assert all(one.ends_at == other.starts_at for one, other in pairwise(periods))


@given(DAYS, ZONES, CADENCES, st.integers(min_value=0, max_value=60))
def test_boundary_of_a_local_day_falls_on_the_anchor_day_or_the_end_of_a_shorter_month(
    day: date, zone: str, cadence: Cadence, n: int
) -> None:
    reached = local_day(boundary(Anchor(day, zone), cadence, n), zone)

    if cadence.months:
        assert (reached.year - day.year) * 12 + reached.month - day.month == n * cadence.months
        assert reached.day == day.day or (
            reached.day < day.day and (reached + timedelta(days=1)).month != reached.month
        )
    else:
        assert reached - day == timedelta(days=n * cadence.days)


@pytest.mark.parametrize(
    ("end", "interval", "start"),
    [
        ("2027-03-31", Interval.MONTH, "2027-02-28"),
        ("2027-02-28", Interval.MONTH, "2027-01-28"),
        ("2028-02-29", Interval.YEAR, "2027-02-28"),
        ("2027-03-31", Interval.WEEK, "2027-03-24"),
    ],
)
def test_period_before_is_plain_subtraction(end: str, interval: Interval, start: str) -> None:
    period = period_before(utc(end), Cadence(interval), "UTC")

    assert period == Period(utc(start), utc(end))


def test_period_before_keeps_the_clock_time_of_its_zone() -> None:
    # 09:00 in New York before and after the clocks go forward.
    period = period_before(utc("2027-03-20T13:00"), Cadence(Interval.MONTH), "America/New_York")

    assert period.starts_at == utc("2027-02-20T14:00")


@pytest.mark.parametrize(
    ("denominator", "at", "starts_at"),
    [
        (Denominator.FULL_PERIOD, "2027-02-10", "2027-01-31"),
        (Denominator.PERIOD_ON_SAME_BOUNDARY, "2027-02-10", "2027-01-31"),
        (Denominator.FIXED_DAYS, "2027-02-10", "2027-01-31"),
        (Denominator.BOUNDARY_MINUS_INTERVAL, "2027-02-10", "2027-01-28"),
        # A later period is no leading part.
        (Denominator.BOUNDARY_MINUS_INTERVAL, "2027-04-10", "2027-03-31"),
    ],
)
def test_full_period_of_a_leading_part_is_measured_as_the_policy_says(
    denominator: Denominator, at: str, starts_at: str
) -> None:
    anchor = Anchor(date(2027, 2, 10), "UTC")
    schedule = Schedule(anchor, Cadence(Interval.MONTH), Alignment.BILLING_DAY, billing_day=31)

    assert full_period(schedule, utc(at), denominator).starts_at == utc(starts_at)
