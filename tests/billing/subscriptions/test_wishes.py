"""Several wishes about one subscription: what is asked for later drops nothing else."""

from __future__ import annotations

from datetime import datetime

import pytest

from apps.billing.services.run.bill_customer import bill_customer
from apps.billing.services.subscriptions.agree_schedule import AgreedPhase
from apps.billing.services.subscriptions.cancel import cancel_at_period_end
from apps.billing.services.subscriptions.change_plan import ChangeRequest, change_plan
from apps.billing.services.subscriptions.pause import pause, resume
from apps.invoices.models import Invoice
from apps.plans.models import Plan
from apps.plans.policies import Timing
from apps.subscriptions.errors import SubscriptionRefused
from apps.subscriptions.models import Subscription
from apps.subscriptions.services.withdraw_change import withdraw_change
from tests.factories.billing import subscribe_to, utc
from tests.factories.plans import flat_price, make_plan, seat_price

pytestmark = pytest.mark.django_db

START = utc(2026, 6, 1)
JULY = utc(2026, 7, 1)


def started(amount: str = "30.00") -> Subscription:
    return subscribe_to(make_plan(prices=[seat_price(amount)]), at=START).subscription


def change(subscription: Subscription, plan: Plan, at: datetime, **wish: object) -> list[Invoice]:
    request = ChangeRequest(plan_code=plan.code, **wish)  # type: ignore[arg-type]
    return change_plan(subscription_id=subscription.pk, request=request, at=at).invoices


def bill(subscription: Subscription, at: datetime) -> list[int]:
    invoices = bill_customer(customer_id=subscription.customer_id, at=at)
    subscription.refresh_from_db()
    return [invoice.subtotal_minor for invoice in invoices]


@pytest.mark.parametrize("timing", [Timing.NOW, Timing.PERIOD_END])
def test_more_seats_undo_no_end(timing: Timing) -> None:
    subscription = started()
    cancel_at_period_end(subscription=subscription, reason="other", comment="", at=utc(2026, 6, 10))

    change(subscription, subscription.plan_version.plan, utc(2026, 6, 16), quantity=2, timing=timing)

    assert bill(subscription, JULY) == []
    assert subscription.status == "canceled"
    assert not subscription.changes.filter(status="pending").exists()


def test_end_and_pause_of_one_instant_are_an_end() -> None:
    subscription = started()
    pause(subscription_id=subscription.pk, at=utc(2026, 6, 10), effective_at=JULY)
    cancel_at_period_end(subscription=subscription, reason="other", comment="", at=utc(2026, 6, 11))

    assert bill(subscription, JULY) == []
    assert subscription.status == "canceled"


def test_plan_that_is_due_with_a_pause_comes_when_that_ends() -> None:
    subscription = started()
    change(subscription, make_plan(prices=[flat_price("62.00")]), utc(2026, 6, 10))
    pause(subscription_id=subscription.pk, at=utc(2026, 6, 11), effective_at=JULY)

    assert bill(subscription, JULY) == []
    assert subscription.status == "paused"
    made = resume(subscription_id=subscription.pk, at=utc(2026, 7, 11))
    # 21 of 31 days
    assert [invoice.subtotal_minor for invoice in made.invoices] == [4200]


def test_plan_wished_for_in_a_pause_leaves_the_day_on_which_it_ends() -> None:
    subscription = started()
    pause(subscription_id=subscription.pk, at=utc(2026, 6, 16))
    resume(subscription_id=subscription.pk, at=utc(2026, 6, 17), effective_at=utc(2026, 7, 11))
    plan = make_plan(prices=[flat_price("62.00")])

    change(subscription, plan, utc(2026, 6, 18), effective_at=utc(2026, 7, 11))

    assert bill(subscription, utc(2026, 7, 11)) == [4200]
    assert (subscription.status, subscription.plan_version.plan) == ("active", plan)


def test_pause_that_is_taken_back_or_replaced_takes_its_end_along() -> None:
    subscription = started()
    dates = {"effective_at": utc(2026, 7, 5), "resume_at": utc(2026, 7, 10)}
    pause(subscription_id=subscription.pk, at=utc(2026, 6, 2), **dates)
    withdraw_change(subscription_id=subscription.pk, at=utc(2026, 6, 3))
    assert not subscription.changes.filter(status="pending").exists()

    pause(subscription_id=subscription.pk, at=utc(2026, 6, 4), **dates)
    pause(subscription_id=subscription.pk, at=utc(2026, 6, 5), effective_at=utc(2026, 7, 21))

    pending = subscription.changes.filter(status="pending")
    assert [(row.kind, row.effective_at) for row in pending] == [("pause", utc(2026, 7, 21))]


@pytest.mark.parametrize("resume_at", [utc(2026, 6, 10), utc(2026, 6, 20)])
def test_pause_that_would_end_before_it_begins_is_refused(resume_at: datetime) -> None:
    subscription = started()

    with pytest.raises(SubscriptionRefused) as refused:
        pause(
            subscription_id=subscription.pk,
            at=utc(2026, 6, 2),
            effective_at=utc(2026, 6, 20),
            resume_at=resume_at,
        )

    assert refused.value.field == "resume_at"
    assert not subscription.changes.exists()


def test_pause_to_come_that_meets_another_pause_ends_with_it() -> None:
    subscription = started()
    pause(subscription_id=subscription.pk, at=utc(2026, 6, 16))
    pause(subscription_id=subscription.pk, at=utc(2026, 6, 17), effective_at=utc(2026, 7, 5))
    bill(subscription, utc(2026, 7, 5))

    resume(subscription_id=subscription.pk, at=utc(2026, 7, 11))

    subscription.refresh_from_db()
    assert subscription.status == "active"


def test_seats_wished_for_before_a_planned_plan_leave_that_plan() -> None:
    first, then = (make_plan(prices=[seat_price(amount)]) for amount in ("30.00", "62.00"))
    phases = [AgreedPhase(plan_code=then.code, starts_at=JULY)]
    subscription = subscribe_to(first, at=START, phases=phases).subscription
    change(subscription, first, utc(2026, 6, 16), quantity=3, effective_at=utc(2026, 7, 11))

    assert bill(subscription, JULY) == [2000]
    # 21 of 31 days of three seats
    assert bill(subscription, utc(2026, 7, 11)) == [12600]
    assert (subscription.plan_version.plan, subscription.quantity) == (then, 3)


def test_plan_that_comes_with_the_end_of_a_pause_is_not_paid_by_a_free_one() -> None:
    subscription, paid, on = started("0.00"), make_plan(prices=[seat_price("30.00")]), utc(2026, 6, 16)
    pause(subscription_id=subscription.pk, at=utc(2026, 6, 6))
    resume(subscription_id=subscription.pk, at=utc(2026, 6, 7), effective_at=on)

    change(subscription, paid, utc(2026, 6, 11), effective_at=on)

    assert bill(subscription, on) == [1500]
