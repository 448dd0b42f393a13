from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.pricing.errors import PricingError
from apps.pricing.periods.period import Period
from apps.pricing.plan_change import (
    BilledPeriod,
    change_amounts,
    quantity_change_amount,
    termination_credit,
    used_amount,
)
from apps.pricing.proration_policy import (
    ChangeDay,
    CreditBase,
    Denominator,
    NewPlanCharge,
    ProrationPolicy,
    ProrationRounding,
    ProrationUnit,
    TerminationDay,
)
from apps.pricing.rounding import Rounding

BERLIN = "Europe/Berlin"
AMOUNTS = st.decimals(min_value=0, max_value=10**6, places=4, allow_nan=False)
POLICIES = st.builds(
    lambda unit, rounding, amount_rounding, denominator: ProrationPolicy(
        proration_unit=unit,
        proration_rounding=rounding,
        amount_rounding=amount_rounding,
        denominator=denominator,
        fixed_days=30 if denominator is Denominator.FIXED_DAYS else None,
    ),
    st.sampled_from(ProrationUnit),
    st.sampled_from(ProrationRounding),
    st.sampled_from([rounding for rounding in Rounding if rounding is not Rounding.NONE]),
    st.sampled_from(Denominator),
)


def berlin(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+01:00").astimezone(UTC)


# A month with a day of 23 hours; the last instant of it is at +02:00.
MARCH = Period(berlin("2026-03-01T00:00"), berlin("2026-03-31T23:00"))


def billed(plan_amount: str, period: Period = MARCH, fee: str | None = None) -> BilledPeriod:
    return BilledPeriod(Decimal(plan_amount), period, MARCH, BERLIN, None if fee is None else Decimal(fee))


@pytest.mark.parametrize(
    ("change_day", "credit", "charge"), [(ChangeDay.NEW_PLAN, 1700, 3400), (ChangeDay.OLD_PLAN, 1600, 3200)]
)
def test_day_of_a_change_belongs_to_the_plan_that_the_policy_names(
    change_day: ChangeDay, credit: int, charge: int
) -> None:
    policy = ProrationPolicy(change_day=change_day)

    amounts = change_amounts(policy, billed("31"), Decimal(62), berlin("2026-03-15T18:30"))

    assert amounts.credit.money("EUR").minor == credit
    assert amounts.charge.money("EUR").minor == charge


def test_change_counted_in_seconds_has_no_change_day() -> None:
    policy = ProrationPolicy(proration_unit=ProrationUnit.SECOND, change_day=ChangeDay.OLD_PLAN)
    middle = MARCH.starts_at + (MARCH.ends_at - MARCH.starts_at) / 2

    amounts = change_amounts(policy, billed("31"), Decimal(62), middle)

    assert (amounts.credit.exact, amounts.charge.exact) == (Fraction(31, 2), 31)


def test_change_that_starts_a_new_period_charges_its_whole_price() -> None:
    policy = ProrationPolicy(new_plan_charge=NewPlanCharge.FULL_PERIOD)

    amounts = change_amounts(policy, billed("31"), Decimal(600), berlin("2026-03-15T00:00"))

    assert (amounts.credit.exact, amounts.charge.exact) == (17, 600)


def test_change_in_a_partial_period_credits_at_most_what_it_cost() -> None:
    part = Period(berlin("2026-03-22T00:00"), MARCH.ends_at)

    amounts = change_amounts(ProrationPolicy(), billed("31", part), Decimal(62), berlin("2026-03-01T00:00"))

    assert (amounts.credit.exact, amounts.charge.exact) == (10, 20)
    assert amounts.remaining == part


def test_quantity_change_is_rounded_as_one_difference() -> None:
    policy = ProrationPolicy(amount_rounding=Rounding.TRUNCATE)
    at = berlin("2026-03-11T00:00")

    more = quantity_change_amount(policy, billed("0"), Decimal("0.10"), at)
    fewer = quantity_change_amount(policy, billed("0"), Decimal("-0.10"), at)

    assert (more.money("EUR").minor, fewer.money("EUR").minor) == (6, -6)


@pytest.mark.parametrize(
    ("termination_day", "at", "unused"),
    [
        (TerminationDay.USED, "2026-03-15T18:30", 16),
        (TerminationDay.UNUSED, "2026-03-15T18:30", 17),
        (TerminationDay.UNUSED, "2026-03-01T00:00", 31),
        (TerminationDay.UNUSED, "2026-02-01T00:00", 31),
        (TerminationDay.USED, "2026-03-31T12:00", 0),
        (TerminationDay.UNUSED, "2026-05-01T00:00", 0),
    ],
)
def test_termination_credits_the_unused_days(termination_day: TerminationDay, at: str, unused: int) -> None:
    policy = ProrationPolicy(termination_day=termination_day)

    assert termination_credit(policy, billed("31"), berlin(at)).exact == unused
    assert used_amount(policy, billed("31"), berlin(at)).exact == 31 - unused


def test_termination_counted_in_seconds_has_no_day() -> None:
    policy = ProrationPolicy(proration_unit=ProrationUnit.SECOND, termination_day=TerminationDay.USED)
    middle = MARCH.starts_at + (MARCH.ends_at - MARCH.starts_at) / 2

    assert termination_credit(policy, billed("31"), middle).exact == Fraction(31, 2)


def test_termination_without_a_unit_credits_a_period_that_has_not_begun_only() -> None:
    policy = ProrationPolicy(proration_unit=ProrationUnit.NONE)

    assert termination_credit(policy, billed("31"), MARCH.starts_at).exact == 31
    assert termination_credit(policy, billed("31"), MARCH.starts_at + timedelta(seconds=1)).exact == 0


def test_credit_of_the_fee_as_billed_is_a_share_of_the_billed_days() -> None:
    part = Period(berlin("2026-03-22T00:00"), MARCH.ends_at)
    policy = ProrationPolicy(credit_base=CreditBase.ROUNDED_FEE, termination_day=TerminationDay.UNUSED)

    credit = termination_credit(policy, billed("100", part, fee="32.26"), berlin("2026-03-27T00:00"))

    assert credit.exact == Fraction("16.13")
    assert (credit.share.numerator, credit.share.denominator) == (5, 10)


def test_credit_of_a_fee_that_is_not_known_is_refused() -> None:
    policy = ProrationPolicy(credit_base=CreditBase.ROUNDED_FEE)

    with pytest.raises(PricingError) as refusal:
        termination_credit(policy, billed("100"), berlin("2026-03-27T00:00"))

    assert refusal.value.code == "fee_missing"


@given(POLICIES, AMOUNTS, AMOUNTS)
def test_change_at_the_start_costs_the_whole_difference_and_at_the_end_nothing(
    policy: ProrationPolicy, old: Decimal, new: Decimal
) -> None:
    fee = BilledPeriod(old, MARCH, MARCH, BERLIN)

    first = change_amounts(policy, fee, new, MARCH.starts_at)
    last = change_amounts(policy, fee, new, MARCH.ends_at)

    assert first.charge.exact - first.credit.exact == Fraction(new) - Fraction(old)
    assert (last.charge.exact, last.credit.exact, last.remaining) == (0, 0, None)


@given(POLICIES, AMOUNTS, AMOUNTS, st.integers(min_value=0, max_value=31 * 24 * 60 - 61))
def test_change_there_and_back_at_one_instant_costs_nothing(
    policy: ProrationPolicy, old: Decimal, new: Decimal, minutes: int
) -> None:
    at = MARCH.starts_at + timedelta(minutes=minutes)

    there = change_amounts(policy, BilledPeriod(old, MARCH, MARCH, BERLIN), new, at)
    assert there.remaining is not None
    back = change_amounts(policy, BilledPeriod(new, there.remaining, MARCH, BERLIN), old, at)

    credits = there.credit.money("EUR") + back.credit.money("EUR")
    assert there.charge.money("EUR") + back.charge.money("EUR") == credits


@given(
    st.sampled_from([ProrationUnit.DAY, ProrationUnit.SECOND, ProrationUnit.DAY_30_360]),
    st.sampled_from(TerminationDay),
    AMOUNTS,
    st.integers(min_value=0, max_value=31 * 24 * 60),
)
def test_used_and_unused_part_are_the_whole_fee(
    unit: ProrationUnit, day: TerminationDay, amount: Decimal, minutes: int
) -> None:
    policy = ProrationPolicy(proration_unit=unit, termination_day=day)
    fee = BilledPeriod(amount, MARCH, MARCH, BERLIN)
    at = MARCH.starts_at + timedelta(minutes=minutes)

    used, unused = used_amount(policy, fee, at).exact, termination_credit(policy, fee, at).exact

    assert used + unused == Fraction(amount)
    assert 0 <= unused <= amount
