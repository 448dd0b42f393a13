from __future__ import annotations

from datetime import datetime

import pytest
from django.db import IntegrityError, transaction

from apps.subscriptions.models import Phase, Subscription, SubscriptionPeriod
from apps.subscriptions.selectors import items_of, running_periods
from apps.subscriptions.services.open_periods import open_periods
from apps.subscriptions.services.turn import close_periods, turn_periods
from tests.factories.billing import STARTED_AT, subscribe_to, utc
from tests.factories.customers import make_customer
from tests.factories.plans import flat_price, make_meter, make_plan, metered_price

pytestmark = pytest.mark.django_db


def both_cadences() -> Subscription:
    prices = [flat_price("290.00", interval="year"), metered_price(make_meter())]
    return subscribe_to(make_plan(prices=prices)).subscription


def spans(periods: list[SubscriptionPeriod]) -> list[tuple[str, datetime, datetime]]:
    return [(period.interval, period.starts_at, period.ends_at) for period in periods]


def turn(subscription: Subscription, at: datetime) -> list[SubscriptionPeriod]:
    phase: Phase = subscription.phases.get()
    close_periods(subscription=subscription, at=at, below=None)
    return turn_periods(subscription=subscription, phase=phase, items=items_of(phase), at=at)


def test_each_cadence_has_a_period_of_its_own() -> None:
    subscription = both_cadences()

    assert spans(running_periods(subscription.pk, STARTED_AT)) == [
        ("month", STARTED_AT, utc(2026, 2, 28)),
        ("year", STARTED_AT, utc(2027, 1, 31)),
    ]


def test_turning_opens_only_what_has_ended() -> None:
    subscription = both_cadences()

    opened = turn(subscription, utc(2026, 2, 28))

    assert spans(opened) == [("month", utc(2026, 2, 28), utc(2026, 3, 31))]
    assert subscription.next_bill_at == utc(2026, 3, 31)
    assert subscription.current_period_ends_at == utc(2027, 1, 31)


def test_turning_twice_opens_once() -> None:
    subscription = both_cadences()
    turn(subscription, utc(2026, 2, 28))

    assert turn(subscription, utc(2026, 2, 28)) == []
    assert subscription.periods.count() == 3


def test_closing_says_when_and_below_which_transaction() -> None:
    subscription = both_cadences()

    closed = close_periods(subscription=subscription, at=utc(2026, 3, 2), below=77)

    assert spans(closed) == [("month", STARTED_AT, utc(2026, 2, 28))]
    period = subscription.periods.get(interval="month")
    assert (period.closed_at, period.closed_below) == (utc(2026, 3, 2), 77)
    assert close_periods(subscription=subscription, at=utc(2026, 3, 2), below=78) == []


def test_trial_is_one_period_however_long() -> None:
    plan = make_plan(version={"trial_days": 90})

    subscription = subscribe_to(plan).subscription

    assert spans(list(subscription.periods.all())) == [("month", STARTED_AT, utc(2026, 5, 1, 9, 30))]


def test_periods_follow_midnight_through_daylight_saving() -> None:
    customer = make_customer(time_zone="Europe/Berlin")
    subscription = subscribe_to(customer=customer, at=utc(2026, 3, 15, 12)).subscription

    turn(subscription, utc(2026, 4, 14, 22))

    ends = [period.ends_at for period in subscription.periods.all()]
    assert ends == [utc(2026, 4, 14, 22), utc(2026, 5, 14, 22)]


def test_database_refuses_a_period_that_overlaps_or_is_empty() -> None:
    subscription = subscribe_to().subscription
    phase = subscription.phases.get()
    period = subscription.periods.get()

    with pytest.raises(IntegrityError), transaction.atomic():
        open_periods(phase=phase, items=items_of(phase), running=[], at=utc(2026, 2, 10))

    period.pk, period.starts_at, period.ends_at = None, utc(2026, 6, 1), utc(2026, 6, 1)
    with pytest.raises(IntegrityError), transaction.atomic():
        period.save(force_insert=True)
