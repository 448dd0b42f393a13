"""Usage of a whole period that was cut under the same price: its parts cost together what the whole costs."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from apps.billing.services.run.bill_customer import bill_customer
from apps.billing.services.subscriptions.cancel import cancel_now, cancel_on
from apps.billing.services.subscriptions.change_plan import ChangeRequest, change_plan
from apps.billing.services.usage.settle_late_usage import settle_late_usage
from apps.invoices.models import CreditNote, InvoiceLine
from apps.plans.enums import BillingTiming
from apps.plans.models import Plan
from apps.plans.policies import Timing
from apps.subscriptions.models import Subscription
from apps.subscriptions.services.withdraw_change import withdraw_change
from tests.factories.billing import subscribe_to, utc
from tests.factories.plans import flat_price, make_meter, make_plan, metered_price, seat_price
from tests.factories.usage import make_event, send

pytestmark = pytest.mark.django_db

JUNE, MIDDLE, JULY = utc(2026, 6, 1), utc(2026, 6, 16), utc(2026, 7, 1)
TWO_FREE = {"tiers": [{"up_to": "2", "unit_amount": "0"}, {"up_to": None, "unit_amount": "1"}]}
DATED = {"rate_percent": "10", "fixed_fee_per_event": "0", "free_amount": "100"}


def plan_of(model: str = "graduated", parameters: dict[str, Any] = TWO_FREE, **terms: Any) -> Plan:
    meter = make_meter(**{"code": "call"} | terms.pop("meter", {}))
    price = metered_price(meter, model=model, parameters=parameters, **terms)
    return make_plan(prices=[seat_price("30.00"), price])


def call(subscription: Subscription, *days: int, month: int = 6, **properties: Any) -> None:
    customer = subscription.customer
    events = [make_event(customer, timestamp=utc(2026, month, day), properties=properties) for day in days]
    assert all(answer.errors is None for answer in send(customer, *events))


def add_seat(subscription: Subscription, at: datetime = MIDDLE, plan: Plan | None = None) -> None:
    subscription.refresh_from_db()
    plan = plan or subscription.plan_version.plan
    request = ChangeRequest(plan_code=plan.code, timing=Timing.NOW, quantity=subscription.quantity + 1)
    change_plan(subscription_id=subscription.pk, request=request, at=at)


def bill(subscription: Subscription, at: datetime = JULY) -> None:
    bill_customer(customer_id=subscription.customer_id, at=at)


def usage_billed() -> list[int]:
    lines = InvoiceLine.objects.exclude(kind__in=("recurring", "credit")).order_by("pk")
    return [line.amount_minor for line in lines]


def test_a_change_of_seats_does_not_renew_free_units() -> None:
    subscription = subscribe_to(plan_of(), at=JUNE).subscription
    call(subscription, 3, 4, 20, 21)

    add_seat(subscription)
    bill(subscription)

    assert usage_billed() == [0, 200]


def test_free_units_left_by_the_part_before_a_change_are_there_after_it() -> None:
    subscription = subscribe_to(plan_of(), at=JUNE).subscription
    call(subscription, 3, 20, 21)

    add_seat(subscription)
    add_seat(subscription, at=utc(2026, 6, 21))
    bill(subscription)

    assert usage_billed() == [0, 0, 100]
    assert [line.quantity for line in InvoiceLine.objects.filter(kind="usage").order_by("pk")] == [1, 1, 1]


def test_an_end_that_is_planned_and_taken_back_does_not_renew_free_units() -> None:
    subscription = subscribe_to(plan_of(), at=JUNE).subscription
    cut = utc(2026, 7, 11)
    cancel_on(subscription_id=subscription.pk, effective_at=cut, reason="other", comment="", at=MIDDLE)
    bill(subscription)
    withdraw_change(subscription_id=subscription.pk, at=utc(2026, 7, 2))
    call(subscription, 3, 4, 20, 21, month=7)

    bill(subscription, cut)
    bill(subscription, utc(2026, 8, 1))

    assert usage_billed() == [0, 200]


def test_the_next_whole_period_has_free_units_of_its_own() -> None:
    subscription = subscribe_to(plan_of(), at=JUNE).subscription
    add_seat(subscription)
    call(subscription, 3, 4, 5)
    call(subscription, 1, 2, 3, month=7)

    bill(subscription)
    bill(subscription, utc(2026, 8, 1))

    assert sum(usage_billed()) == 200


def test_another_price_has_tiers_of_its_own_and_the_first_goes_on_behind_it() -> None:
    plan = plan_of()
    subscription = subscribe_to(plan, at=JUNE).subscription
    other = plan_of(meter={"code": "other", "event_name": "call"})
    call(subscription, 3, 4, 12, 13, 20)

    add_seat(subscription, at=utc(2026, 6, 11), plan=other)
    add_seat(subscription, at=MIDDLE, plan=plan)
    bill(subscription)

    assert usage_billed() == [0, 0, 100]


def test_late_usage_of_an_earlier_part_uses_up_the_free_units_of_a_later_one() -> None:
    subscription = subscribe_to(plan_of(meter={"late_usage": "correction"}), at=JUNE).subscription
    call(subscription, 3, 20)
    add_seat(subscription)
    bill(subscription)
    assert usage_billed() == [0, 0]

    call(subscription, 5)
    settle_late_usage(subscription_id=subscription.pk, at=utc(2026, 7, 2))

    assert usage_billed() == [0, 0, 100]


@pytest.mark.parametrize("timing", list(BillingTiming))
@pytest.mark.parametrize(
    ("model", "parameters", "minor"),
    [
        ("graduated", TWO_FREE, 200),
        # Each started package of three is billed once.
        ("package", {"package_size": "3", "amount": "5"}, 1000),
        # The base fee and the maximum are those of the month.
        ("per_unit", {"unit_amount": "1", "base_amount": "7"}, 1100),
        ("per_unit", {"unit_amount": "1", "maximum_amount": "3"}, 300),
        ("per_unit", {"unit_amount": "1", "usage_discount_units": "1"}, 300),
    ],
)
def test_parts_of_a_month_cost_what_the_month_costs(
    timing: str, model: str, parameters: dict[str, Any], minor: int
) -> None:
    subscription = subscribe_to(plan_of(model, parameters, timing=timing), at=JUNE).subscription
    call(subscription, 3, 4, 20, 21)

    add_seat(subscription)
    bill(subscription)

    assert sum(usage_billed()) == minor


def test_more_units_that_cost_less_are_given_back_by_the_later_part() -> None:
    tiers = [{"up_to": "3", "unit_amount": "1"}, {"up_to": None, "unit_amount": "0.25"}]
    subscription = subscribe_to(plan_of("volume", {"tiers": tiers}), at=JUNE).subscription
    call(subscription, 3, 4, 5, 20)

    add_seat(subscription)
    bill(subscription)

    assert usage_billed() == [300, -200]


def test_free_amounts_of_a_percentage_are_those_of_the_month() -> None:
    meter = {"aggregation": "sum", "value_property": "n"}
    subscription = subscribe_to(plan_of("percentage", DATED, meter=meter), at=JUNE).subscription
    call(subscription, 3, 20, n=80)

    add_seat(subscription)
    bill(subscription)

    assert usage_billed() == [0, 600]


def test_a_matrix_goes_on_row_by_row() -> None:
    rows = [{"match": {"region": "eu"}, "model": "graduated", "parameters": TWO_FREE}]
    parameters = {"dimensions": ["region"], "rows": rows, "default": {"unit_amount": "5"}}
    subscription = subscribe_to(plan_of("matrix", parameters), at=JUNE).subscription
    call(subscription, 3, 4, 20, region="eu")
    call(subscription, 5, region="us")

    add_seat(subscription)
    bill(subscription)

    assert sorted(usage_billed()) == [0, 100, 500]


def test_the_highest_value_of_a_month_is_billed_once() -> None:
    meter = {"aggregation": "max", "value_property": "n"}
    subscription = subscribe_to(plan_of("per_unit", {"unit_amount": "1"}, meter=meter), at=JUNE).subscription
    call(subscription, 3, n=5)
    call(subscription, 20, n=7)

    add_seat(subscription)
    bill(subscription)

    assert usage_billed() == [500, 200]


@pytest.mark.parametrize("timing", list(BillingTiming))
def test_a_minimum_spend_of_a_period_that_an_end_cuts_is_its_share(timing: str) -> None:
    price = metered_price(
        make_meter(code="call", late_usage="correction"),
        timing=timing,
        parameters={"unit_amount": "1", "minimum_amount": "10"},
    )
    subscription = subscribe_to(make_plan(prices=[flat_price("30.00"), price]), at=JUNE).subscription

    cancel_now(subscription_id=subscription.pk, reason="other", comment="", at=MIDDLE)

    assert sum(usage_billed()) == 500

    call(subscription, 3)
    settle_late_usage(subscription_id=subscription.pk, at=utc(2026, 7, 2))

    # The call counts toward the minimum.
    noted = sum(note.total_minor for note in CreditNote.objects.all())
    assert sum(usage_billed()) - noted == 500
