from __future__ import annotations

from datetime import datetime

import pytest

from apps.audit.models import Event
from apps.billing.services.clocks.advance_clock import advance_clock
from apps.billing.services.subscriptions.cancel import cancel_at_period_end
from apps.core.advisory_lock import advisory_lock
from apps.customers.enums import TestClockStatus
from apps.customers.errors import TestClockRefused
from apps.customers.models import TestClock
from apps.invoices.models import Invoice
from apps.subscriptions.enums import CancelReason, CollectionMethod, SubscriptionStatus
from tests.factories.billing import STARTED_AT, subscribe_to, utc
from tests.factories.customers import make_customer, make_test_clock
from tests.factories.plans import make_plan

# Sent invoices need no gateway: these tests are about time.
SENT = {"collection_method": CollectionMethod.SEND_INVOICE, "card": False}


@pytest.mark.real_commits
def test_advancing_runs_every_due_instant_in_order() -> None:
    test_clock = make_test_clock(now_at=STARTED_AT)
    customer = make_customer(test_clock=test_clock)
    subscribe_to(customer=customer, **SENT)
    instants: list[datetime] = []

    advance_clock(clock_id=test_clock.pk, to=utc(2026, 5, 1), on_progress=instants.append)

    # Between the bills it stops for the revenue of each month that is over.
    bills = [utc(2026, 2, 28), utc(2026, 3, 31), utc(2026, 4, 30)]
    assert instants == sorted([*bills, *(utc(2026, month, 1) for month in (2, 3, 4, 5))])
    finalized = Invoice.objects.order_by("finalized_at").values_list("finalized_at", flat=True)
    assert list(finalized) == [STARTED_AT, *bills]
    test_clock.refresh_from_db()
    assert (test_clock.status, test_clock.now_at) == (TestClockStatus.READY, utc(2026, 5, 1))


@pytest.mark.real_commits
def test_advancing_leaves_everybody_else_alone() -> None:
    test_clock = make_test_clock(now_at=STARTED_AT)
    subscribe_to(customer=make_customer(test_clock=test_clock), **SENT)
    other = subscribe_to(**SENT).subscription

    advance_clock(clock_id=test_clock.pk, to=utc(2026, 5, 1))

    other.refresh_from_db()
    assert other.next_bill_at == utc(2026, 2, 28)


@pytest.mark.real_commits
def test_trial_is_reminded_of_once_and_then_ends() -> None:
    test_clock = make_test_clock(now_at=STARTED_AT)
    plan = make_plan(version={"trial_days": 14})
    subscription = subscribe_to(plan, customer=make_customer(test_clock=test_clock), **SENT).subscription

    advance_clock(clock_id=test_clock.pk, to=utc(2026, 2, 20))

    subscription.refresh_from_db()
    assert subscription.status == SubscriptionStatus.ACTIVE
    names = Event.objects.filter(subject_id=subscription.public_id).order_by("id").values_list("name", "at")
    assert [entry for entry in names if "trial" in entry[0]] == [
        ("subscription.trial_ending", utc(2026, 2, 7, 9, 30)),
        ("subscription.trial_converted", utc(2026, 2, 14, 9, 30)),
    ]


@pytest.mark.real_commits
def test_advancing_in_steps_equals_one_leap() -> None:
    def billed(*stops: datetime) -> list[tuple[datetime | None, int]]:
        test_clock = make_test_clock(now_at=STARTED_AT)
        customer = make_customer(test_clock=test_clock)
        subscription = subscribe_to(customer=customer, **SENT).subscription
        cancel_at_period_end(subscription=subscription, reason=CancelReason.UNUSED, comment="", at=STARTED_AT)
        for stop in stops:
            advance_clock(clock_id=test_clock.pk, to=stop)
        rows = Invoice.objects.filter(customer=customer).order_by("id")
        return [(row.finalized_at, row.total_minor) for row in rows]

    assert billed(utc(2026, 6, 1)) == billed(utc(2026, 2, 27), utc(2026, 2, 28), utc(2026, 6, 1))


@pytest.mark.real_commits
def test_clock_refuses_to_go_back_and_to_be_moved_by_two() -> None:
    test_clock = make_test_clock(now_at=STARTED_AT)

    with pytest.raises(TestClockRefused) as backwards:
        advance_clock(clock_id=test_clock.pk, to=utc(2026, 1, 1))

    assert backwards.value.field == "to"
    assert TestClock.objects.get().status == TestClockStatus.READY


@pytest.mark.real_commits
def test_clock_of_a_dead_process_is_taken_over() -> None:
    test_clock = make_test_clock(now_at=STARTED_AT)
    subscribe_to(customer=make_customer(test_clock=test_clock), **SENT)
    TestClock.objects.update(status=TestClockStatus.ADVANCING, target_at=utc(2026, 3, 1))

    moved = advance_clock(clock_id=test_clock.pk, to=utc(2026, 3, 1))

    assert (moved.status, moved.now_at) == (TestClockStatus.READY, utc(2026, 3, 1))
    assert Invoice.objects.count() == 2


@pytest.mark.real_commits
def test_advisory_lock_is_free_again_after_use() -> None:
    with advisory_lock("one") as first, advisory_lock("other") as second:
        assert (first, second) == (True, True)
    with advisory_lock("one") as again:
        assert again is True
