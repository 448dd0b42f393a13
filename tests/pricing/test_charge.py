from __future__ import annotations

from dataclasses import FrozenInstanceError
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.pricing.charge import Charge, charge_key
from apps.pricing.errors import CurrencyMismatch, PricingError
from apps.pricing.line_position import BilledOn, LinePosition, is_due_on
from apps.pricing.money import Money
from apps.pricing.trace import Trace

# Few letters, so that separators and escapes meet often.
PARTS = st.text(alphabet=":%3Aa é", max_size=4)
START = datetime(2026, 1, 31, 23, tzinfo=UTC)


def make_charge(**overrides: Any) -> Charge:
    fields: dict[str, Any] = {
        "source": "rating",
        "key": charge_key(7, "base", START, "", "recurring"),
        "customer_id": 1,
        "currency": "EUR",
        "amount": Money(1000, "EUR"),
        "exact": Decimal(10),
        "quantity": Decimal(1),
        "description": "Team plan",
        "period_start": START,
        "period_end": START + timedelta(days=28),
        "trace": Trace("EUR"),
        "price_id": "price_1",
        "item_id": 7,
        "kind": "recurring",
        "dimension": "",
    }
    return Charge(**{**fields, **overrides})


def test_charge_key_names_its_six_parts() -> None:
    assert charge_key(7, "api", START, "region=eu", "usage", 2) == "7:api:20260131T230000Z:region=eu:usage:2"


def test_charge_key_of_the_same_instant_in_another_zone_is_the_same() -> None:
    local = START.astimezone(timezone(timedelta(hours=5, minutes=45)))

    assert charge_key(7, "api", local, "", "usage") == charge_key(7, "api", START, "", "usage")


def test_charge_key_keeps_microseconds_apart() -> None:
    later = START + timedelta(microseconds=1)

    assert charge_key(7, "api", later, "", "usage") == "7:api:20260131T230000.000001Z::usage:0"


def test_charge_key_escapes_the_separator() -> None:
    assert charge_key(7, "api", START, "a:b%", "c") == "7:api:20260131T230000Z:a%3Ab%25:c:0"
    assert charge_key(7, "api", START, "a", "b:c") != charge_key(7, "api", START, "a:b", "c")


@given(PARTS, PARTS, PARTS, PARTS)
def test_charge_key_of_different_parts_is_different(a: str, b: str, c: str, d: str) -> None:
    one, other = charge_key(1, "x", START, a, b), charge_key(1, "x", START, c, d)

    assert (one == other) == ((a, b) == (c, d))


@pytest.mark.parametrize(
    ("start", "revision", "code"),
    [(START.replace(tzinfo=None), 0, "naive_datetime"), (START, -1, "negative")],
)
def test_charge_key_of_wrong_parts_is_refused(start: datetime, revision: int, code: str) -> None:
    with pytest.raises(PricingError) as refusal:
        charge_key(7, "api", start, "", "usage", revision)

    assert refusal.value.code == code


def test_charge_cannot_be_changed() -> None:
    charge = make_charge()

    with pytest.raises(FrozenInstanceError):
        charge.quantity = Decimal(2)  # type: ignore[misc]


def test_charge_in_two_currencies_is_refused() -> None:
    with pytest.raises(CurrencyMismatch):
        make_charge(currency="USD")


@pytest.mark.parametrize(
    ("overrides", "code"),
    [
        ({"period_end": START}, "empty_period"),
        ({"period_start": START.replace(tzinfo=None)}, "naive_datetime"),
    ],
)
def test_charge_of_a_wrong_period_is_refused(overrides: dict[str, Any], code: str) -> None:
    with pytest.raises(PricingError) as refusal:
        make_charge(**overrides)

    assert refusal.value.code == code


@pytest.mark.parametrize(
    ("billed_on", "first", "middle", "last"),
    [
        (BilledOn.EVERY_LINE, True, True, True),
        (BilledOn.FIRST_LINE, True, False, False),
        (BilledOn.LAST_LINE, False, False, True),
    ],
)
def test_price_is_due_on_the_line_that_carries_it(
    billed_on: BilledOn, first: bool, middle: bool, last: bool
) -> None:
    assert is_due_on(billed_on, LinePosition(is_first=True, is_last=False)) is first
    assert is_due_on(billed_on, LinePosition(is_first=False, is_last=False)) is middle
    assert is_due_on(billed_on, LinePosition(is_first=False, is_last=True)) is last
    assert is_due_on(billed_on, LinePosition()) is True
