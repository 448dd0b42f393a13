from __future__ import annotations

from decimal import Decimal

import pytest

from apps.pricing.periods.period import Period
from apps.rating.services.rate_unused import BilledFee, rate_unused
from tests.factories.billing import subscribe_to, utc
from tests.factories.plans import flat_price, make_plan

pytestmark = pytest.mark.django_db

# The first period of the factory's subscription: 28 local days.
FIRST = Period(utc(2026, 1, 31, 9, 30), utc(2026, 2, 28))


def billed(creditable_minor: int = 1000) -> BilledFee:
    return BilledFee(line_id=7, period=FIRST, fee=Decimal("10.00"), creditable_minor=creditable_minor)


def test_unused_days_are_taken_back_and_the_exact_amount_is_kept() -> None:
    item = subscribe_to(make_plan(prices=[flat_price("10.00")])).subscription.items.get()

    charge = rate_unused(item=item, billed=billed(), boundary=utc(2026, 2, 18))

    assert charge is not None
    assert (charge.amount.minor, charge.exact) == (-357, Decimal("-3.571428571429"))
    assert (charge.period_start, charge.period_end) == (utc(2026, 2, 18), utc(2026, 2, 28))
    assert charge.metadata == {"credits_line": "7"}
    assert charge.trace.explain() == [
        "Unused part of a fee of €10.00",
        "Not used, 10 of 28 days: €3.571428571429",
        "Total €3.571428571429, rounded to €3.57",
    ]


def test_unused_part_is_limited_to_what_is_left_of_the_line() -> None:
    item = subscribe_to(make_plan(prices=[flat_price("10.00")])).subscription.items.get()

    charge = rate_unused(item=item, billed=billed(creditable_minor=200), boundary=utc(2026, 2, 18))

    assert charge is not None
    assert (charge.amount.minor, charge.exact) == (-200, Decimal(-2))
    assert charge.trace.explain()[2:] == ["No more of that fee is left to credit than €2.00", "Total: €2.00"]


def test_nothing_left_gives_no_charge() -> None:
    item = subscribe_to(make_plan(prices=[flat_price("10.00")])).subscription.items.get()

    assert rate_unused(item=item, billed=billed(), boundary=FIRST.ends_at) is None
    assert rate_unused(item=item, billed=billed(creditable_minor=0), boundary=FIRST.starts_at) is None
