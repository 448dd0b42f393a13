"""What becomes of a trial: when its plan changes, when it ends early, and when nobody pays."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from apps.billing.services.run.bill_customer import bill_customer
from apps.billing.services.subscriptions.change_plan import ChangeRequest, change_plan
from apps.invoices.models import InvoiceLine
from apps.plans.enums import TrialEnd
from apps.plans.models import Plan
from apps.plans.policies import Timing, TrialKind, TrialOnPlanChange
from apps.subscriptions.models import Subscription
from tests.factories.billing import subscribe_to, utc
from tests.factories.plans import flat_price, make_free_plan, make_plan

pytestmark = pytest.mark.django_db

START = utc(2026, 6, 1)
FREES_THE_FEE = {"trial_kind": TrialKind.DAYS_FROM_FIRST_START}


def plan_of(amount: str, **version: Any) -> Plan:
    return make_plan(prices=[flat_price(amount)], version=version)


def change_now(subscription: Subscription, plan: Plan, at: datetime) -> None:
    request = ChangeRequest(plan_code=plan.code, timing=Timing.NOW)
    change_plan(subscription_id=subscription.pk, request=request, at=at)
    subscription.refresh_from_db()


def bill(subscription: Subscription, at: datetime) -> None:
    bill_customer(customer_id=subscription.customer_id, at=at)
    subscription.refresh_from_db()


def billed() -> list[tuple[int, str, str]]:
    rows = InvoiceLine.objects.order_by("pk")
    return [
        (row.amount_minor, f"{row.period_starts_at:%m-%d}", f"{row.period_ends_at:%m-%d}") for row in rows
    ]


@pytest.mark.parametrize("card", [True, False])
def test_change_in_a_trial_that_only_frees_the_fee_leaves_its_end(card: bool) -> None:
    terms = {"policies": FREES_THE_FEE, "trial_requires_card": False, "trial_end": TrialEnd.CANCEL}
    subscription = subscribe_to(plan_of("30.00", trial_days=20, **terms), at=START, card=card).subscription

    change_now(subscription, plan_of("60.00", **terms), utc(2026, 6, 5))

    assert (subscription.status, subscription.trial_ends_at) == ("trialing", utc(2026, 6, 21))
    assert subscription.next_bill_at == utc(2026, 6, 21)
    bill(subscription, utc(2026, 6, 21))
    assert subscription.status == ("active" if card else "canceled")
    # 10 of 30 days
    assert billed() == ([(2000, "06-21", "07-01")] if card else [])


# A trial that only frees the fee has its periods from the start: 11 of 30 days are left.
@pytest.mark.parametrize(
    ("kind", "paid"),
    [
        (TrialKind.PHASE, (6000, "06-20", "07-20")),
        (TrialKind.DAYS_FROM_FIRST_START, (2200, "06-20", "07-01")),
    ],
)
def test_trial_whose_days_of_the_new_plan_are_over_is_paid_from_the_change_on(
    kind: TrialKind, paid: tuple[int, str, str]
) -> None:
    policies = {"trial_kind": kind, "trial_on_plan_change": TrialOnPlanChange.KEEPS_FIRST_START}
    subscription = subscribe_to(plan_of("30.00", trial_days=30, policies=policies), at=START).subscription

    change_now(subscription, plan_of("60.00", trial_days=14, policies=policies), utc(2026, 6, 20))

    assert (subscription.status, subscription.trial_ends_at) == ("active", utc(2026, 6, 20))
    assert subscription.trial_reminder_at is None
    assert billed() == [paid]


@pytest.mark.parametrize("currency", ["EUR", "USD"])
def test_trial_falls_back_to_a_plan_that_is_sold_no_more_or_ends_without_a_price_there(
    currency: str,
) -> None:
    free = make_free_plan()
    plan = make_plan(
        prices=[flat_price("30.00"), flat_price("35.00", "USD")],
        version={
            "trial_days": 14,
            "trial_end": TrialEnd.DOWNGRADE,
            "trial_end_plan": free,
            "trial_requires_card": False,
        },
    )
    subscription = subscribe_to(plan, at=START, card=False, currency=currency).subscription
    free.archived_at = utc(2026, 6, 5)
    free.save()

    bill(subscription, utc(2026, 6, 15))

    falls_back = currency == "EUR"
    assert subscription.status == ("active" if falls_back else "canceled")
    assert subscription.plan_version.plan == (free if falls_back else plan)
    assert sum(amount for amount, *_ in billed()) == 0
