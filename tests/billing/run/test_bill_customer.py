from __future__ import annotations

from datetime import datetime

import pytest

from apps.audit.models import Event
from apps.billing.services.run.bill_customer import bill_customer
from apps.billing.services.subscriptions.cancel import cancel_at_period_end, cancel_now
from apps.billing.services.subscriptions.change_plan import change_plan_at_period_end
from apps.invoices.models import Invoice
from apps.plans.enums import TrialEnd
from apps.subscriptions.enums import CancelReason, SubscriptionStatus
from apps.subscriptions.models import Subscription, SubscriptionPeriod
from apps.subscriptions.services.withdraw_change import withdraw_change
from tests.factories.billing import make_card, subscribe_to, utc
from tests.factories.plans import flat_price, make_free_plan, make_plan

pytestmark = pytest.mark.django_db


def bill(subscription: Subscription, at: datetime) -> list[Invoice]:
    invoices = bill_customer(customer_id=subscription.customer_id, at=at)
    subscription.refresh_from_db()
    return invoices


def ends_of_periods(subscription: Subscription) -> list[datetime]:
    return list(
        SubscriptionPeriod.objects.filter(subscription=subscription)
        .order_by("starts_at")
        .values_list("ends_at", flat=True)
    )


def test_renewal_counts_from_the_original_anchor() -> None:
    subscription = subscribe_to().subscription

    for due in (utc(2026, 2, 28), utc(2026, 3, 31), utc(2026, 4, 30)):
        (invoice,) = bill(subscription, due)
        assert invoice.total_minor == 2900

    assert ends_of_periods(subscription) == [
        utc(2026, 2, 28),
        utc(2026, 3, 31),
        utc(2026, 4, 30),
        utc(2026, 5, 31),
    ]


def test_billing_twice_at_one_instant_bills_once() -> None:
    subscription = subscribe_to().subscription

    first = bill(subscription, utc(2026, 2, 28))
    second = bill(subscription, utc(2026, 2, 28))

    assert (len(first), second) == (1, [])


def test_billing_late_catches_up_one_period_at_a_time() -> None:
    subscription = subscribe_to().subscription
    late = utc(2026, 4, 2)

    starts = []
    while invoices := bill(subscription, late):
        starts += [line.period_starts_at for line in invoices[0].lines.all()]

    assert starts == [utc(2026, 2, 28), utc(2026, 3, 31)]
    assert subscription.next_bill_at == utc(2026, 4, 30)


def test_two_subscriptions_due_together_share_an_invoice() -> None:
    first = subscribe_to().subscription
    subscribe_to(make_plan(prices=[flat_price("5.00")]), customer=first.customer, card=False)

    (invoice,) = bill(first, utc(2026, 2, 28))

    assert [line.amount_minor for line in invoice.lines.all()] == [2900, 500]


def test_cancel_at_period_end_ends_without_another_bill() -> None:
    subscription = subscribe_to().subscription
    cancel_at_period_end(
        subscription=subscription, reason=CancelReason.UNUSED, comment="", at=utc(2026, 2, 10)
    )

    invoices = bill(subscription, utc(2026, 2, 28))

    assert invoices == []
    assert subscription.status == SubscriptionStatus.CANCELED
    assert subscription.ended_at == utc(2026, 2, 28)
    assert subscription.cancel_reason == CancelReason.UNUSED
    assert subscription.next_bill_at is None


def test_cancel_taken_back_renews_as_if_never_asked() -> None:
    subscription = subscribe_to().subscription
    cancel_at_period_end(
        subscription=subscription, reason=CancelReason.UNUSED, comment="", at=utc(2026, 2, 10)
    )
    withdraw_change(subscription_id=subscription.pk, at=utc(2026, 2, 11))

    (invoice,) = bill(subscription, utc(2026, 2, 28))

    assert invoice.total_minor == 2900
    assert subscription.status == SubscriptionStatus.ACTIVE


def test_cancel_now_cuts_the_period_and_bills_no_more() -> None:
    subscription = subscribe_to().subscription

    invoices = cancel_now(
        subscription_id=subscription.pk, reason=CancelReason.OTHER, comment="gone", at=utc(2026, 2, 10)
    )

    subscription.refresh_from_db()
    assert invoices == []
    assert ends_of_periods(subscription) == [utc(2026, 2, 10)]
    assert bill(subscription, utc(2026, 3, 1)) == []


def test_plan_change_at_period_end_keeps_the_month_end_anchor() -> None:
    subscription = subscribe_to().subscription
    bigger = make_plan(prices=[flat_price("99.00")])
    change_plan_at_period_end(
        subscription=subscription, plan_code=bigger.code, quantity=None, at=utc(2026, 2, 10)
    )

    (invoice,) = bill(subscription, utc(2026, 2, 28))
    (after,) = bill(subscription, utc(2026, 3, 31))

    assert (invoice.total_minor, after.total_minor) == (9900, 9900)
    assert subscription.plan_version.plan == bigger
    assert ends_of_periods(subscription) == [utc(2026, 2, 28), utc(2026, 3, 31), utc(2026, 4, 30)]


def test_plan_change_to_a_year_counts_from_the_change() -> None:
    subscription = subscribe_to().subscription
    yearly = make_plan(prices=[flat_price("290.00", interval="year")])
    change_plan_at_period_end(
        subscription=subscription, plan_code=yearly.code, quantity=None, at=utc(2026, 2, 10)
    )

    (invoice,) = bill(subscription, utc(2026, 2, 28))

    assert invoice.total_minor == 29000
    assert subscription.current_period_ends_at == utc(2027, 2, 28)


def test_trial_end_with_card_converts_and_bills_from_there() -> None:
    plan = make_plan(version={"trial_days": 14})
    subscription = subscribe_to(plan).subscription

    (invoice,) = bill(subscription, utc(2026, 2, 14, 9, 30))

    assert invoice.total_minor == 2900
    assert subscription.status == SubscriptionStatus.ACTIVE
    assert subscription.current_period_ends_at == utc(2026, 3, 14)


def test_trial_end_without_card_falls_back_to_the_free_plan() -> None:
    free = make_free_plan()
    plan = make_plan(version={"trial_days": 14, "trial_end": TrialEnd.DOWNGRADE, "trial_end_plan": free})
    subscription = subscribe_to(plan, card=False).subscription

    (invoice,) = bill(subscription, utc(2026, 2, 14, 9, 30))

    assert (invoice.total_minor, invoice.number) == (0, None)
    assert subscription.plan_version.plan == free
    assert subscription.status == SubscriptionStatus.ACTIVE


def test_plan_chosen_during_the_trial_converts_it_and_is_no_downgrade() -> None:
    dearer = make_plan(prices=[flat_price("99.00")])
    subscription = subscribe_to(make_plan(version={"trial_days": 14})).subscription
    change_plan_at_period_end(
        subscription=subscription, plan_code=dearer.code, quantity=None, at=utc(2026, 2, 3)
    )

    (invoice,) = bill(subscription, utc(2026, 2, 14, 9, 30))

    assert invoice.total_minor == 9900
    names = set(Event.objects.filter(subject_id=subscription.public_id).values_list("name", flat=True))
    assert "subscription.trial_converted" in names
    assert "subscription.trial_downgraded" not in names


def test_trial_end_without_card_cancels_where_the_plan_says_so() -> None:
    plan = make_plan(version={"trial_days": 14, "trial_end": TrialEnd.CANCEL})
    subscription = subscribe_to(plan, card=False).subscription

    invoices = bill(subscription, utc(2026, 2, 14, 9, 30))

    assert invoices == []
    assert subscription.status == SubscriptionStatus.CANCELED
    assert subscription.cancel_reason == CancelReason.TRIAL_ENDED


def test_card_added_during_the_trial_converts_it() -> None:
    free = make_free_plan()
    plan = make_plan(version={"trial_days": 14, "trial_end": TrialEnd.DOWNGRADE, "trial_end_plan": free})
    subscription = subscribe_to(plan, card=False).subscription
    make_card(subscription.customer)

    (invoice,) = bill(subscription, utc(2026, 2, 14, 9, 30))

    assert invoice.total_minor == 2900
    assert subscription.plan_version.plan == plan


def test_yearly_fee_with_monthly_usage_bills_each_at_its_own_cadence() -> None:
    yearly = flat_price("290.00", interval="year")
    monthly = flat_price("3.00", code="support", interval="month")
    subscription = subscribe_to(make_plan(prices=[yearly, monthly])).subscription

    (february,) = bill(subscription, utc(2026, 2, 28))

    assert [line.amount_minor for line in february.lines.all()] == [300]
    assert subscription.current_period_ends_at == utc(2027, 1, 31)
    assert subscription.next_bill_at == utc(2026, 3, 31)


def test_renewal_is_told_when_the_paid_period_turns_and_not_with_each_bill() -> None:
    prices = [flat_price("290.00", interval="year"), flat_price("3.00", code="support")]
    plan = make_plan(prices=prices, version={"trial_days": 14})
    subscription = subscribe_to(plan).subscription

    due = [subscription.next_bill_at]
    while (at := due[-1]) is not None and at < utc(2027, 2, 14):
        bill(subscription, at)
        due.append(subscription.next_bill_at)

    assert len(due) == 13
    told = Event.objects.filter(name="subscription.renewed").values_list("at", flat=True)
    assert list(told) == []
    bill(subscription, utc(2027, 2, 14))
    assert list(told.all()) == [utc(2027, 2, 14)]
