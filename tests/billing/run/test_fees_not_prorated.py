"""Fees that cost the same for a part of a period, beside a plan's own fee that is prorated."""

from __future__ import annotations

import pytest

from apps.billing.services.run.bill_customer import bill_customer
from apps.billing.services.subscriptions.cancel import cancel_now
from apps.billing.services.subscriptions.change_plan import ChangeRequest, change_plan
from apps.invoices.models import Invoice
from apps.plans.models import Plan
from apps.plans.policies import Timing
from apps.subscriptions.enums import CancelReason
from apps.subscriptions.models import Subscription
from tests.factories.billing import subscribe_to, utc
from tests.factories.plans import flat_price, make_plan

pytestmark = pytest.mark.django_db

# June has 30 days; the subscription begins in the middle of it.
START = utc(2026, 6, 16)


def plan_with_support(fee: str, support: str, *, prorated: bool = False, **version: object) -> Plan:
    prices = [flat_price(fee), flat_price(support, code="support", prorated=prorated)]
    return make_plan(prices=prices, version={"alignment": "calendar", **version})


def started(plan: Plan) -> Subscription:
    return subscribe_to(plan, at=START).subscription


def amounts() -> list[list[tuple[str, int]]]:
    return [
        [(line.kind, line.amount_minor) for line in invoice.lines.all()]
        for invoice in Invoice.objects.order_by("id")
    ]


def test_a_part_of_a_period_costs_the_whole_fee() -> None:
    subscription = started(plan_with_support("30.00", "10.00"))

    bill_customer(customer_id=subscription.customer_id, at=utc(2026, 7, 1))

    assert amounts() == [
        [("recurring", 1500), ("recurring", 1000)],
        [("recurring", 3000), ("recurring", 1000)],
    ]


def test_a_change_bills_the_new_fee_in_full_and_credits_nothing_of_the_old() -> None:
    subscription = started(plan_with_support("30.00", "10.00"))
    larger = plan_with_support("60.00", "20.00")

    change_plan(
        subscription_id=subscription.pk,
        request=ChangeRequest(plan_code=larger.code, timing=Timing.NOW),
        at=utc(2026, 6, 21),
    )

    # Ten of 30 days are left of the plans' own fees.
    assert amounts()[1] == [("recurring", 2000), ("recurring", 2000), ("credit", -1000)]


def test_a_cancellation_credits_nothing_of_it() -> None:
    subscription = started(
        plan_with_support("30.00", "10.00", policies={"termination_credit": "account_credit"})
    )

    cancel_now(subscription_id=subscription.pk, reason=CancelReason.OTHER, comment="", at=utc(2026, 6, 21))

    assert amounts()[1] == [("credit", -1000)]


def test_a_fee_in_arrears_is_due_in_full_for_a_part() -> None:
    prices = [
        flat_price("30.00", timing="in_arrears"),
        flat_price("10.00", code="support", timing="in_arrears", prorated=False),
    ]
    subscription = started(make_plan(prices=prices, version={"alignment": "calendar"}))

    bill_customer(customer_id=subscription.customer_id, at=utc(2026, 7, 1))

    assert amounts() == [[("recurring", 1500), ("recurring", 1000)]]
