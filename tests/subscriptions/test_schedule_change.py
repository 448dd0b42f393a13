from __future__ import annotations

from datetime import datetime

import pytest

from apps.audit.models import Event
from apps.subscriptions.enums import CancelReason, ChangeKind, ChangeStatus, SubscriptionStatus
from apps.subscriptions.errors import ChangeNotPending, SubscriptionRefused
from apps.subscriptions.models import ScheduledChange, Subscription
from apps.subscriptions.selectors import pending_changes
from apps.subscriptions.services.schedule_change import ChangeTerms, schedule_change
from apps.subscriptions.services.withdraw_change import withdraw_change
from tests.factories.billing import subscribe_to, utc

pytestmark = pytest.mark.django_db

ASKED_AT = utc(2026, 2, 10)
ENDS_AT = utc(2026, 2, 28)


def schedule(
    subscription: Subscription, effective_at: datetime = ENDS_AT, **terms: object
) -> ScheduledChange:
    values = {"kind": ChangeKind.CANCEL, "reason": CancelReason.UNUSED}
    return schedule_change(
        subscription_id=subscription.pk,
        terms=ChangeTerms(**values | terms),  # type: ignore[arg-type]
        effective_at=effective_at,
        at=ASKED_AT,
    )


def test_change_waits_and_is_announced() -> None:
    subscription = subscribe_to().subscription

    change = schedule(subscription)

    assert pending_changes(subscription.pk) == [change]
    event = Event.objects.get(name="subscription.change_scheduled")
    assert (event.subject_id, event.at) == (subscription.public_id, ASKED_AT)
    assert (event.data["kind"], event.data["effective_at"], event.data["reason"]) == (
        "cancel",
        "2026-02-28T00:00:00+00:00",
        "unused",
    )


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (ChangeKind.CANCEL, ChangeKind.CANCEL),
        (ChangeKind.PLAN, ChangeKind.QUANTITY),
        (ChangeKind.PAUSE, ChangeKind.RESUME),
    ],
)
def test_later_wish_withdraws_the_earlier_about_the_same(first: ChangeKind, second: ChangeKind) -> None:
    subscription = subscribe_to().subscription
    earlier = schedule(subscription, kind=first)

    later = schedule(subscription, kind=second)

    earlier.refresh_from_db()
    assert (earlier.status, earlier.settled_at) == (ChangeStatus.WITHDRAWN, ASKED_AT)
    assert pending_changes(subscription.pk) == [later]


def test_wishes_about_something_else_stand_beside_each_other() -> None:
    subscription = subscribe_to().subscription

    wishes = [schedule(subscription, kind=kind) for kind in ("cancel", "pause", "quantity")]

    assert pending_changes(subscription.pk) == wishes


def test_last_wish_is_taken_back_first() -> None:
    subscription = subscribe_to().subscription
    end, seats = (schedule(subscription, kind=kind) for kind in ("cancel", "quantity"))

    undone = [withdraw_change(subscription_id=subscription.pk, at=ASKED_AT) for _ in range(2)]

    assert undone == [seats, end]


def test_change_in_the_past_is_refused() -> None:
    subscription = subscribe_to().subscription

    with pytest.raises(SubscriptionRefused) as refused:
        schedule(subscription, utc(2026, 2, 9))

    assert refused.value.field == "effective_at"
    assert pending_changes(subscription.pk) == []


def test_change_of_a_canceled_subscription_is_refused() -> None:
    subscription = subscribe_to().subscription
    Subscription.objects.update(status=SubscriptionStatus.CANCELED, ended_at=ASKED_AT)

    with pytest.raises(SubscriptionRefused):
        schedule(subscription)


def test_withdrawn_change_is_gone_and_told() -> None:
    subscription = subscribe_to().subscription
    change = schedule(subscription)

    withdraw_change(subscription_id=subscription.pk, at=utc(2026, 2, 11))

    change.refresh_from_db()
    assert (change.status, change.settled_at) == (ChangeStatus.WITHDRAWN, utc(2026, 2, 11))
    assert pending_changes(subscription.pk) == []
    told = Event.objects.get(name="subscription.change_withdrawn")
    assert told.data == {"change": change.public_id, "kind": "cancel"}


def test_withdrawing_nothing_is_refused() -> None:
    subscription = subscribe_to().subscription

    with pytest.raises(ChangeNotPending):
        withdraw_change(subscription_id=subscription.pk, at=ASKED_AT)
