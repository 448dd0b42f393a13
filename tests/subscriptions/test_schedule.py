from __future__ import annotations

from datetime import datetime

import pytest

from apps.billing.services.subscriptions.change_plan import ChangeRequest, change_plan
from apps.invoices.models import Invoice
from apps.plans.models import Plan, Price
from apps.plans.policies import Timing
from apps.pricing.periods.cadence import Interval
from apps.subscriptions.models import Subscription, SubscriptionPeriod
from apps.subscriptions.schedule import cadence_code, main_cadence
from tests.factories.billing import subscribe_to, utc
from tests.factories.plans import flat_price, make_plan


def price(interval: str, count: int = 1, *, timing: str = "in_advance") -> Price:
    return Price(interval=interval, interval_count=count, timing=timing)


@pytest.mark.parametrize(
    ("prices", "cadence"),
    [
        ([price("month")], ("month", 1)),
        ([price("month"), price("year")], ("year", 1)),
        ([price("year"), price("month")], ("year", 1)),
        # What is billed afterwards can be cut without harm.
        ([price("month"), price("year", timing="in_arrears")], ("month", 1)),
        ([price("month", timing="in_arrears"), price("year", timing="in_arrears")], ("month", 1)),
        ([price("quarter"), price("month", 6)], ("month", 6)),
        ([price("day", 10), price("week", 1)], ("day", 10)),
        # Equal ones: the first of the price list.
        ([price("quarter"), price("month", 3)], ("quarter", 1)),
    ],
)
def test_main_cadence_is_the_longest_that_is_paid_in_advance(
    prices: list[Price], cadence: tuple[str, int]
) -> None:
    assert main_cadence(prices) == cadence


def test_cadence_codes_are_all_different() -> None:
    codes = [cadence_code(interval, count) for interval in Interval for count in (1, 2, 12, 365, 999)]

    assert len(set(codes)) == len(codes)


def measured_plainly(alignment: str = "anniversary") -> Plan:
    policies = {"denominator": "boundary_minus_interval"}
    return make_plan(prices=[flat_price("31.00")], version={"policies": policies, "alignment": alignment})


def change_now(subscription: Subscription, plan: Plan, at: datetime) -> Invoice:
    request = ChangeRequest(plan_code=plan.code, timing=Timing.NOW)
    return change_plan(subscription_id=subscription.pk, request=request, at=at).invoices[-1]


@pytest.mark.django_db
@pytest.mark.parametrize("alignment", ["anniversary", "calendar"])
@pytest.mark.parametrize("started_at", [utc(2026, 1, 31), utc(2026, 1, 31, 9)])
def test_a_change_to_the_same_price_inside_a_period_costs_nothing(
    alignment: str, started_at: datetime
) -> None:
    subscription = subscribe_to(measured_plainly(alignment), at=started_at).subscription

    first = change_now(subscription, measured_plainly(alignment), utc(2026, 2, 14))
    second = change_now(subscription, measured_plainly(alignment), utc(2026, 2, 20))

    assert (first.subtotal_minor, second.subtotal_minor) == (0, 0)


@pytest.mark.django_db
def test_a_phase_that_keeps_the_anchor_has_no_leading_part_of_its_own() -> None:
    subscription = subscribe_to(measured_plainly(), at=utc(2026, 1, 31)).subscription

    change_now(subscription, measured_plainly(), utc(2026, 2, 14))

    wholes = SubscriptionPeriod.objects.values_list("full_starts_at", "full_ends_at")
    assert set(wholes) == {(utc(2026, 1, 31), utc(2026, 2, 28))}
