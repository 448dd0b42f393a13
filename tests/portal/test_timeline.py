from __future__ import annotations

import pytest

from apps.audit.selectors import timeline_for
from apps.billing.services.run.bill_customer import bill_customer
from apps.billing.services.subscriptions.agree_schedule import AgreedPhase
from apps.billing.services.subscriptions.move_billing_day import move_billing_day
from apps.billing.services.subscriptions.pause import pause, resume
from apps.plans.enums import PeriodAlignment
from apps.portal.timeline import entries_of
from apps.subscriptions.models import Subscription
from apps.subscriptions.services.extend_trial import extend_trial
from tests.factories.billing import subscribe_to, utc
from tests.factories.plans import make_plan

pytestmark = pytest.mark.django_db


def told(subscription: Subscription) -> list[str]:
    """What the customer reads, the oldest first."""
    events = timeline_for(subject_type="subscription", subject_id=subscription.public_id)
    return [entry.text for entry in entries_of(events.order_by("pk"), zone="UTC")]


def test_timeline_tells_what_was_agreed_and_when_it_began() -> None:
    plan, next_plan = make_plan(name="Team"), make_plan(name="Scale")
    subscription = subscribe_to(
        plan,
        at=utc(2026, 1, 11),
        starts_at=utc(2026, 2, 1),
        ends_at=utc(2027, 2, 1),
        phases=[AgreedPhase(next_plan.code, after={"months": 3})],
    ).subscription

    bill_customer(customer_id=subscription.customer_id, at=utc(2026, 2, 1))

    assert told(subscription) == [
        "Subscribed to Team from Feb 1, 2026 on",
        "Change to Scale on May 1, 2026 requested",
        "Agreed to end on Feb 1, 2027",
        "Subscription began",
    ]


def test_timeline_tells_pauses_billing_days_and_longer_trials() -> None:
    plan = make_plan(name="Team", version={"alignment": PeriodAlignment.BILLING_DAY, "trial_days": 5})
    subscription = subscribe_to(plan, at=utc(2026, 1, 1)).subscription
    extend_trial(subscription_id=subscription.pk, ends_at=utc(2026, 1, 10), at=utc(2026, 1, 2))
    bill_customer(customer_id=subscription.customer_id, at=utc(2026, 1, 10))
    move_billing_day(subscription_id=subscription.pk, day=15, at=utc(2026, 1, 11))

    pause(subscription_id=subscription.pk, at=utc(2026, 1, 12), resume_at=utc(2026, 1, 20))
    resume(subscription_id=subscription.pk, at=utc(2026, 1, 14))

    assert told(subscription)[:7] == [
        "Trial of Team started",
        "Trial extended until Jan 10, 2026",
        "Trial ended; the paid plan began",
        "Another billing day from Feb 10, 2026 on requested",
        "Resume on Jan 20, 2026 requested",
        "Pause from Jan 12, 2026 on requested",
        "Subscription paused",
    ]
