from __future__ import annotations

from typing import Any

import pytest

from apps.billing.services.subscriptions.agree_schedule import AgreedPhase
from apps.billing.services.subscriptions.cancel import cancel_now
from apps.billing.services.subscriptions.change_plan import ChangeRequest, change_plan
from apps.core.errors import InvalidInput
from apps.plans.enums import BillingTiming, PeriodAlignment
from apps.plans.errors import PlanNotFound
from apps.plans.policies import Timing
from apps.subscriptions.enums import CancelReason, SubscriptionStatus
from apps.subscriptions.errors import SubscriptionRefused
from apps.subscriptions.models import Subscription
from apps.subscriptions.services.withdraw_change import withdraw_change
from tests.billing.bills import bill, lines
from tests.factories.billing import make_card, subscribe_to, utc
from tests.factories.customers import make_customer
from tests.factories.plans import flat_price, make_plan, seat_price

pytestmark = pytest.mark.django_db

JANUARY = utc(2026, 1, 15)


def test_backdated_start_bills_every_period_until_now_oldest_first() -> None:
    now = utc(2026, 3, 20)

    subscribed = subscribe_to(make_plan(), at=now, starts_at=JANUARY)

    assert lines(subscribed.invoices) == [
        (2900, "01-15", "02-15"),
        (2900, "02-15", "03-15"),
        (2900, "03-15", "04-15"),
    ]
    assert {invoice.created_at for invoice in subscribed.invoices} == {now}
    assert subscribed.subscription.started_at == JANUARY
    assert subscribed.subscription.created_at == now
    assert subscribed.subscription.next_bill_at == utc(2026, 4, 15)


def test_backdated_fee_in_arrears_is_billed_for_what_has_ended() -> None:
    plan = make_plan(prices=[flat_price("31.00", timing=BillingTiming.IN_ARREARS)])

    subscribed = subscribe_to(plan, at=utc(2026, 3, 20), starts_at=JANUARY)

    assert lines(subscribed.invoices) == [(3100, "01-15", "02-15"), (3100, "02-15", "03-15")]


def test_backdated_start_with_a_trial_that_is_over_bills_from_its_end() -> None:
    plan = make_plan(version={"trial_days": 14})

    subscribed = subscribe_to(plan, at=utc(2026, 3, 20), starts_at=JANUARY)

    assert lines(subscribed.invoices) == [(2900, "01-29", "02-28"), (2900, "02-28", "03-29")]
    assert subscribed.subscription.status == SubscriptionStatus.ACTIVE


def test_start_too_long_ago_is_refused() -> None:
    with pytest.raises(InvalidInput) as refused:
        subscribe_to(at=JANUARY, starts_at=utc(2023, 1, 1))

    assert refused.value.field == "starts_at"
    assert not Subscription.objects.exists()


def test_start_before_the_end_of_the_one_before_is_refused() -> None:
    before = subscribe_to(at=utc(2026, 1, 1), external_id="deal").subscription
    cancel_now(subscription_id=before.pk, reason="other", comment="", at=utc(2026, 2, 1))

    with pytest.raises(InvalidInput) as refused:
        subscribe_to(
            customer=before.customer,
            card=False,
            at=utc(2026, 3, 1),
            starts_at=utc(2026, 1, 20),
            external_id="deal",
        )

    assert refused.value.field == "starts_at"


def test_future_start_waits_and_is_billed_then() -> None:
    subscribed = subscribe_to(at=JANUARY, starts_at=utc(2026, 2, 10, 9))
    subscription = subscribed.subscription

    assert (subscribed.invoices, subscription.status) == ([], SubscriptionStatus.SCHEDULED)
    assert bill(subscription, utc(2026, 2, 10, 8)) == []
    assert lines(bill(subscription, utc(2026, 2, 10, 9))) == [(2900, "02-10", "03-10")]
    assert subscription.status == SubscriptionStatus.ACTIVE
    assert lines(bill(subscription, utc(2026, 3, 10))) == [(2900, "03-10", "04-10")]


def test_future_start_in_trial_begins_the_trial_then() -> None:
    plan = make_plan(version={"trial_days": 7})
    subscription = subscribe_to(plan, at=JANUARY, starts_at=utc(2026, 2, 10)).subscription

    bill(subscription, utc(2026, 2, 10))

    assert subscription.status == SubscriptionStatus.TRIALING
    assert (subscription.trial_ends_at, subscription.next_bill_at) == (utc(2026, 2, 17), utc(2026, 2, 17))
    assert lines(bill(subscription, utc(2026, 2, 17))) == [(2900, "02-17", "03-17")]


def test_future_start_can_be_canceled_before_it_begins() -> None:
    subscription = subscribe_to(at=JANUARY, starts_at=utc(2026, 2, 10)).subscription

    invoices = cancel_now(subscription_id=subscription.pk, reason="other", comment="", at=utc(2026, 1, 20))

    subscription.refresh_from_db()
    assert (invoices, subscription.status) == ([], SubscriptionStatus.CANCELED)
    assert bill(subscription, utc(2026, 2, 10)) == []


def test_future_start_changed_now_begins_as_what_it_was_changed_to() -> None:
    subscription = subscribe_to(at=JANUARY, starts_at=utc(2026, 2, 10)).subscription
    request = ChangeRequest(plan_code=make_plan(prices=[flat_price("50.00")]).code, timing=Timing.NOW)

    change_plan(subscription_id=subscription.pk, request=request, at=utc(2026, 1, 20))

    assert lines(bill(subscription, utc(2026, 2, 10))) == [(5000, "02-10", "03-10")]


def test_agreed_end_cuts_the_last_period() -> None:
    subscribed = subscribe_to(at=JANUARY, ends_at=utc(2026, 3, 1))
    subscription = subscribed.subscription

    assert lines(subscribed.invoices) == [(2900, "01-15", "02-15")]
    # 14 of 28 days
    assert lines(bill(subscription, utc(2026, 2, 15))) == [(1450, "02-15", "03-01")]
    assert bill(subscription, utc(2026, 3, 1)) == []
    assert (subscription.status, subscription.cancel_reason) == ("canceled", CancelReason.TERM_ENDED)
    assert subscription.ended_at == utc(2026, 3, 1)


def test_agreed_end_before_the_start_is_refused() -> None:
    with pytest.raises(InvalidInput) as refused:
        subscribe_to(at=JANUARY, ends_at=JANUARY)

    assert refused.value.field == "ends_at"
    assert not Subscription.objects.exists()


def test_phases_change_the_plan_at_their_month() -> None:
    growth, scale = make_plan(prices=[flat_price("50.00")]), make_plan(prices=[flat_price("80.00")])
    phases = [
        AgreedPhase(growth.code, after={"months": 1}),
        AgreedPhase(scale.code, after={"months": 3}),
    ]

    subscription = subscribe_to(at=utc(2026, 1, 31), phases=phases).subscription

    bills = [bill(subscription, at) for at in (utc(2026, 2, 28), utc(2026, 3, 31), utc(2026, 4, 30))]
    assert lines([invoice for issued in bills for invoice in issued]) == [
        (5000, "02-28", "03-31"),
        (5000, "03-31", "04-30"),
        (8000, "04-30", "05-31"),
    ]


def test_ramp_of_seats_leaves_a_wish_beside_it() -> None:
    plan = make_plan(prices=[seat_price("10.00")])
    phases = [AgreedPhase(plan.code, quantity=20, after={"months": 2})]
    subscription = subscribe_to(plan, at=JANUARY, quantity=10, phases=phases).subscription

    change_plan(
        subscription_id=subscription.pk,
        request=ChangeRequest(plan.code, quantity=12, timing=Timing.PERIOD_END),
        at=utc(2026, 1, 20),
    )

    assert lines(bill(subscription, utc(2026, 2, 15))) == [(12000, "02-15", "03-15")]
    assert lines(bill(subscription, utc(2026, 3, 15))) == [(20000, "03-15", "04-15")]


def test_phase_that_is_taken_back_never_comes() -> None:
    growth = make_plan(prices=[flat_price("50.00")])
    subscription = subscribe_to(
        at=JANUARY, phases=[AgreedPhase(growth.code, after={"months": 1})]
    ).subscription

    withdraw_change(
        subscription_id=subscription.pk,
        at=utc(2026, 1, 20),
        reference=subscription.changes.get().public_id,
    )

    assert lines(bill(subscription, utc(2026, 2, 15))) == [(2900, "02-15", "03-15")]


def test_backdated_phases_are_billed_as_they_were() -> None:
    growth = make_plan(prices=[flat_price("50.00")])

    subscribed = subscribe_to(
        at=utc(2026, 3, 20), starts_at=JANUARY, phases=[AgreedPhase(growth.code, after={"months": 1})]
    )

    assert lines(subscribed.invoices) == [
        (2900, "01-15", "02-15"),
        (5000, "02-15", "03-15"),
        (5000, "03-15", "04-15"),
    ]


@pytest.mark.parametrize(
    ("phases", "error", "field"),
    [
        ([AgreedPhase("none", after={"months": 1})], PlanNotFound, "phases[0].plan"),
        ([AgreedPhase("next", quantity=2, after={"months": 1})], InvalidInput, "phases[0].quantity"),
        (
            [AgreedPhase("next", after={"months": 2}), AgreedPhase("next", after={"months": 2})],
            InvalidInput,
            "phases[1]",
        ),
    ],
)
def test_phase_that_cannot_be_is_named(phases: Any, error: type[Exception], field: str) -> None:
    make_plan(code="next")

    with pytest.raises(error) as refused:
        subscribe_to(at=JANUARY, phases=phases)

    assert refused.value.field == field  # type: ignore[attr-defined]
    assert not Subscription.objects.exists()


def test_billing_day_of_a_purchase_aligns_its_periods() -> None:
    plan = make_plan(version={"alignment": PeriodAlignment.BILLING_DAY})

    subscribed = subscribe_to(plan, at=JANUARY, billing_day=1)

    # 17 of 31 days
    assert lines(subscribed.invoices) == [(1590, "01-15", "02-01")]


def test_billing_day_of_another_plan_is_refused() -> None:
    with pytest.raises(InvalidInput) as refused:
        subscribe_to(at=JANUARY, billing_day=1)

    assert refused.value.field == "billing_day"


def test_each_seat_price_may_have_its_quantity() -> None:
    prices = [seat_price("12.00", code="full"), seat_price("5.00", code="light", name="Light")]
    plan = make_plan(prices=prices)

    subscribed = subscribe_to(plan, at=JANUARY, quantity=2, quantities={"light": 7})
    subscription = subscribed.subscription
    change_plan(
        subscription_id=subscription.pk,
        request=ChangeRequest(plan.code, quantities={"light": 9}, timing=Timing.PERIOD_END),
        at=utc(2026, 1, 20),
    )

    assert [amount for amount, *_ in lines(subscribed.invoices)] == [2400, 3500]
    assert [amount for amount, *_ in lines(bill(subscription, utc(2026, 2, 15)))] == [2400, 4500]


@pytest.mark.parametrize("quantities", [{"base": 2}, {"nothing": 2}, {"seats": 0}])
def test_quantity_of_a_price_that_takes_none_is_refused(quantities: dict[str, int]) -> None:
    plan = make_plan(prices=[flat_price(), seat_price()])

    with pytest.raises(InvalidInput) as refused:
        subscribe_to(plan, at=JANUARY, quantities=quantities)

    assert refused.value.field == "quantities"


def test_subscriptions_of_one_customer_have_currencies_of_their_own() -> None:
    plan = make_plan(prices=[flat_price("29.00"), flat_price("35.00", "USD")])
    euros = subscribe_to(plan, at=JANUARY)

    dollars = subscribe_to(plan, at=JANUARY, customer=euros.subscription.customer, card=False, currency="USD")

    issued = bill(euros.subscription, utc(2026, 2, 15))
    assert [(i.currency, i.total_minor) for i in dollars.invoices] == [("USD", 3500)]
    assert sorted((i.currency, i.total_minor) for i in issued) == [("EUR", 2900), ("USD", 3500)]


def test_external_id_of_a_scheduled_subscription_is_taken() -> None:
    customer = make_customer()
    make_card(customer)
    subscribe_to(customer=customer, card=False, at=JANUARY, starts_at=utc(2026, 3, 1), external_id="deal")

    with pytest.raises(SubscriptionRefused) as refused:
        subscribe_to(customer=customer, card=False, at=JANUARY, external_id="deal")

    assert refused.value.field == "external_id"
