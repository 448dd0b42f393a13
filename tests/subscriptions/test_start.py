from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from apps.audit.models import Event
from apps.subscriptions.services.start import reminder_of, trial_end
from tests.factories.billing import STARTED_AT, subscribe_to, utc
from tests.factories.plans import make_plan


@pytest.mark.parametrize(
    ("at", "days", "zone", "ends_at"),
    [
        (utc(2026, 1, 31, 9, 30), 14, "UTC", utc(2026, 2, 14, 9, 30)),
        # Clocks go forward on 29 March, so the trial is an hour shorter.
        (utc(2026, 3, 20, 11), 14, "Europe/Berlin", utc(2026, 4, 3, 10)),
        # Clocks go back on 25 October.
        (utc(2026, 10, 20, 10), 14, "Europe/Berlin", utc(2026, 11, 3, 11)),
        # 02:30 does not exist on 29 March: the first instant after the gap is 03:00.
        (utc(2026, 3, 28, 1, 30), 1, "Europe/Berlin", utc(2026, 3, 29, 1)),
        (utc(2026, 3, 28, 1, 30), 0, "Europe/Berlin", None),
    ],
)
def test_trial_ends_at_the_same_clock_time(
    at: datetime, days: int, zone: str, ends_at: datetime | None
) -> None:
    assert trial_end(at, days, zone) == ends_at


@pytest.mark.parametrize(("days", "before"), [(30, 7), (8, 7), (7, 3), (4, 3), (3, None), (1, None)])
def test_reminder_comes_a_week_before_or_three_days(days: int, before: int | None) -> None:
    ends_at = STARTED_AT + timedelta(days=days)

    expected = None if before is None else ends_at - timedelta(days=before)

    assert reminder_of(STARTED_AT, ends_at) == expected


@pytest.mark.django_db
def test_start_in_trial_is_created_and_not_yet_activated() -> None:
    subscription = subscribe_to(make_plan(version={"trial_days": 14})).subscription

    names = Event.objects.filter(subject_id=subscription.public_id).values_list("name", flat=True)

    assert list(names) == ["subscription.created"]
    phase = subscription.phases.get()
    assert (phase.kind, phase.ends_at) == ("trial", utc(2026, 2, 14, 9, 30))


@pytest.mark.django_db
def test_external_id_is_free_again_after_the_end() -> None:
    first = subscribe_to(external_id="contract-7").subscription
    first.status, first.ended_at = "canceled", utc(2026, 2, 10)
    first.save(update_fields=["status", "ended_at"])

    second = subscribe_to(
        customer=first.customer, card=False, external_id="contract-7", at=utc(2026, 2, 11)
    ).subscription

    assert second.external_id == "contract-7"
