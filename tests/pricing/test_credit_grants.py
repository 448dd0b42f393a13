from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from apps.pricing.credit_grants import BurnDown, CreditGrant, CreditUse, Recurrence, burn_down
from apps.pricing.periods.cadence import Cadence, Interval


def day(number: int, hour: int = 0) -> datetime:
    return datetime(2027, 1, number, hour, tzinfo=UTC)


def make_grant(name: str = "g", **overrides: Any) -> CreditGrant:
    return CreditGrant(**{"id": name, "amount": Decimal(100), "effective_at": day(1), **overrides})


END = day(30)


def use(number: int, amount: int) -> CreditUse:
    return CreditUse(day(number, 12), Decimal(amount))


def burned(grants: list[CreditGrant], *usage: CreditUse, until: datetime = END) -> tuple[Any, int]:
    state = burn_down(grants, usage, starts_at=day(1), until=until, starting={})
    return {key: int(value) for key, value in state.balances.items()}, int(state.overage)


def test_usage_without_a_grant_is_overage() -> None:
    assert burned([], use(2, 50)) == ({}, 50)


def test_grants_burn_by_priority_then_expiry_then_order() -> None:
    grants = [
        make_grant("lasting", priority=1),
        make_grant("later", priority=1, expires_at=day(29)),
        make_grant("second", priority=1, expires_at=day(28)),
        make_grant("same", priority=1, expires_at=day(28)),
        make_grant("first", priority=0),
    ]

    assert burned(grants, use(2, 250), until=day(20)) == (
        {"lasting": 100, "later": 100, "second": 0, "same": 50, "first": 0},
        0,
    )


def test_ended_grant_is_worth_nothing_and_pays_nothing() -> None:
    grants = [
        make_grant("expired", expires_at=day(5)),
        make_grant("voided", voided_at=day(6), expires_at=day(9)),
    ]

    assert burned(grants, use(10, 10)) == ({"expired": 0, "voided": 0}, 10)
    assert burned(grants, use(4, 10), until=day(5)) == ({"expired": 0, "voided": 100}, 0)


def test_overage_is_taken_from_the_next_grant_that_begins() -> None:
    grants = [make_grant("now"), make_grant("later", effective_at=day(5))]

    assert burned(grants, use(2, 130)) == ({"now": 0, "later": 70}, 0)


def test_recurring_grant_is_full_again_and_carries_nothing_over() -> None:
    weekly = Recurrence(day(4), Cadence(Interval.WEEK))
    grant = make_grant(recurrence=weekly)

    assert burned([grant], use(2, 90), use(5, 30), until=day(10)) == ({"g": 70}, 0)
    assert burned([grant], use(2, 130), use(5, 30), until=day(10)) == ({"g": 40}, 0)
    assert burned([grant], use(5, 30), until=day(11)) == ({"g": 100}, 0)


def test_usage_at_the_instant_of_a_reset_burns_the_new_amount() -> None:
    grant = make_grant(recurrence=Recurrence(day(4), Cadence(Interval.WEEK)))

    assert burned([grant], CreditUse(day(4), Decimal(30)), until=day(5)) == ({"g": 70}, 0)


def test_recurring_grant_is_not_reset_after_its_end() -> None:
    grant = make_grant(recurrence=Recurrence(day(4), Cadence(Interval.WEEK)), expires_at=day(8))

    assert burned([grant], until=day(20)) == ({"g": 0}, 0)


def test_starting_balances_hold_at_the_start_for_active_grants_only() -> None:
    grants = [make_grant("a", effective_at=day(1)), make_grant("b", effective_at=day(10))]
    starting = {"a": Decimal(40), "b": Decimal(100)}

    state = burn_down(grants, [use(3, 50)], starts_at=day(2), until=day(5), starting=starting)

    assert state == BurnDown({"a": Decimal(0), "b": Decimal(0)}, Decimal(10))


def test_usage_before_the_start_and_from_the_end_on_does_not_count() -> None:
    usage = [CreditUse(day(1), Decimal(1)), CreditUse(day(2), Decimal(2)), CreditUse(day(3), Decimal(4))]

    state = burn_down([], usage, starts_at=day(2), until=day(3), starting={})

    assert state.overage == 2


@given(
    st.lists(st.builds(use, st.integers(1, 28), st.integers(0, 500)), max_size=8),
    st.lists(st.tuples(st.integers(1, 28), st.integers(0, 3)), max_size=5),
)
def test_lasting_grants_and_usage_balance(
    usage: list[CreditUse], given_grants: list[tuple[int, int]]
) -> None:
    grants = [
        make_grant(str(index), effective_at=day(number), priority=priority)
        for index, (number, priority) in enumerate(given_grants)
    ]

    balances, overage = burned(grants, *usage)

    assert 100 * len(grants) - sum(balances.values()) == sum(int(u.amount) for u in usage) - overage
    assert not (overage and sum(balances.values()))
