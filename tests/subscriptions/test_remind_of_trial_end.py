from __future__ import annotations

from datetime import datetime

import pytest

from apps.audit.models import Event
from apps.core.due_work import Scope
from apps.subscriptions.enums import SubscriptionStatus
from apps.subscriptions.models import Subscription
from apps.subscriptions.services.remind_of_trial_end import remind_of_trial_end
from tests.factories.billing import REAL_TIME, STARTED_AT, subscribe_to, utc
from tests.factories.customers import make_customer, make_test_clock
from tests.factories.plans import make_plan

pytestmark = pytest.mark.django_db

DUE_AT = utc(2026, 2, 7, 9, 30)


def start_trial(**subscribed: object) -> Subscription:
    plan = make_plan(version={"trial_days": 14})
    return subscribe_to(plan, card=False, **subscribed).subscription  # type: ignore[arg-type]


def reminded() -> list[tuple[str, datetime]]:
    return list(Event.objects.filter(name="subscription.trial_ending").values_list("subject_id", "at"))


def test_reminder_is_told_once_when_it_is_due() -> None:
    subscription = start_trial()

    assert remind_of_trial_end(scope=REAL_TIME, at=utc(2026, 2, 7, 9, 29)) == 0
    assert remind_of_trial_end(scope=REAL_TIME, at=DUE_AT) == 1
    assert remind_of_trial_end(scope=REAL_TIME, at=DUE_AT) == 0

    assert reminded() == [(subscription.public_id, DUE_AT)]
    event = Event.objects.get(name="subscription.trial_ending")
    assert event.data == {"ends_at": "2026-02-14T09:30:00+00:00"}


def test_reminder_of_a_trial_that_was_canceled_is_dropped() -> None:
    start_trial()
    Subscription.objects.update(status=SubscriptionStatus.CANCELED, ended_at=utc(2026, 2, 5))

    assert remind_of_trial_end(scope=REAL_TIME, at=DUE_AT) == 1

    assert reminded() == []


def test_reminders_keep_to_their_scope_and_batch() -> None:
    test_clock = make_test_clock(now_at=STARTED_AT)
    for _ in range(3):
        start_trial(customer=make_customer(test_clock=test_clock))
    start_trial()

    scope = Scope(test_clock.pk)

    assert [remind_of_trial_end(scope=scope, at=DUE_AT, limit=2) for _ in range(3)] == [2, 1, 0]
    assert remind_of_trial_end(scope=REAL_TIME, at=DUE_AT) == 1
