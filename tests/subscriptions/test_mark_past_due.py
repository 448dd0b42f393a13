from __future__ import annotations

import pytest

from apps.audit.models import Event
from apps.subscriptions.enums import NEXT, SubscriptionStatus
from apps.subscriptions.errors import SubscriptionRefused
from apps.subscriptions.models import Subscription
from apps.subscriptions.services.mark_past_due import mark_past_due
from apps.subscriptions.services.mark_recovered import mark_recovered
from apps.subscriptions.services.move_status import move_status
from tests.factories.billing import subscribe_to, utc
from tests.factories.plans import make_plan

pytestmark = pytest.mark.django_db

AT = utc(2026, 2, 3)


def fail(subscription: Subscription) -> SubscriptionStatus:
    return mark_past_due(subscription_id=subscription.pk, at=AT, invoice_id="inv_1").status  # type: ignore[return-value]


def recover(subscription: Subscription) -> SubscriptionStatus:
    return mark_recovered(subscription_id=subscription.pk, at=AT).status  # type: ignore[return-value]


def told(name: str) -> list[dict[str, object]]:
    return [event.data for event in Event.objects.filter(name=f"subscription.{name}")]


def test_failure_and_recovery_move_there_and_back_once_each() -> None:
    subscription = subscribe_to().subscription

    assert [fail(subscription), fail(subscription)] == [SubscriptionStatus.PAST_DUE] * 2
    assert [recover(subscription), recover(subscription)] == [SubscriptionStatus.ACTIVE] * 2

    assert told("past_due") == [{"invoice": "inv_1"}]
    assert told("recovered") == [{}]


def test_failure_leaves_a_trial_and_a_canceled_subscription_as_they_are() -> None:
    trial = subscribe_to(make_plan(version={"trial_days": 14})).subscription
    canceled = subscribe_to().subscription
    Subscription.objects.filter(pk=canceled.pk).update(status=SubscriptionStatus.CANCELED, ended_at=AT)

    assert [fail(trial), fail(canceled)] == [SubscriptionStatus.TRIALING, SubscriptionStatus.CANCELED]
    assert recover(canceled) == SubscriptionStatus.CANCELED
    assert told("past_due") == []


@pytest.mark.parametrize("now", SubscriptionStatus)
@pytest.mark.parametrize("to", SubscriptionStatus)
def test_status_moves_only_as_the_table_says(now: SubscriptionStatus, to: SubscriptionStatus) -> None:
    subscription = Subscription(status=now)

    if to in NEXT[now]:
        move_status(subscription, to)
        assert subscription.status == to
    else:
        with pytest.raises(SubscriptionRefused):
            move_status(subscription, to)
        assert subscription.status == now
