from __future__ import annotations

import pytest

from apps.subscriptions.enums import CancelReason, ChangeKind, ChangeStatus
from apps.subscriptions.errors import SubscriptionRefused
from apps.subscriptions.models import ScheduledChange, Subscription
from apps.subscriptions.services.end import end_subscription
from apps.subscriptions.services.schedule_change import ChangeTerms, schedule_change
from tests.factories.billing import STARTED_AT, subscribe_to, utc
from tests.factories.plans import flat_price, make_plan

pytestmark = pytest.mark.django_db

AT = utc(2026, 2, 10)


def end(subscription: Subscription) -> None:
    end_subscription(subscription=subscription, at=AT, reason=CancelReason.UNUSED, comment="bye")
    subscription.refresh_from_db()


def test_end_cuts_phase_items_and_the_periods_of_every_cadence() -> None:
    prices = [flat_price(), flat_price("290.00", code="licence", interval="year")]
    subscription = subscribe_to(make_plan(prices=prices)).subscription

    end(subscription)

    assert subscription.phases.get().ends_at == AT
    assert [item.ends_at for item in subscription.items.all()] == [AT, AT]
    cut = [(period.starts_at, period.ends_at, period.closed_at) for period in subscription.periods.all()]
    assert cut == [(STARTED_AT, AT, None)] * 2
    assert (subscription.status, subscription.ended_at, subscription.next_bill_at) == ("canceled", AT, None)
    assert (subscription.cancel_reason, subscription.cancel_comment) == ("unused", "bye")
    assert subscription.current_period_ends_at == AT


def test_end_keeps_the_whole_period_that_the_cut_one_is_a_part_of() -> None:
    subscription = subscribe_to().subscription

    end(subscription)

    period = subscription.periods.get()
    assert (period.full_starts_at, period.full_ends_at) == (utc(2026, 1, 31), utc(2026, 2, 28))


def test_end_withdraws_what_was_scheduled() -> None:
    subscription = subscribe_to().subscription
    schedule_change(
        subscription_id=subscription.pk,
        terms=ChangeTerms(kind=ChangeKind.CANCEL),
        effective_at=utc(2026, 2, 28),
        at=STARTED_AT,
    )

    end(subscription)

    assert [change.status for change in ScheduledChange.objects.all()] == [ChangeStatus.WITHDRAWN]


def test_end_at_the_very_start_leaves_no_period() -> None:
    subscription = subscribe_to(at=AT).subscription

    end(subscription)

    assert subscription.periods.count() == 0
    assert (subscription.started_at, subscription.ended_at) == (AT, AT)


def test_end_twice_is_refused() -> None:
    subscription = subscribe_to().subscription
    end(subscription)

    with pytest.raises(SubscriptionRefused):
        end(subscription)
