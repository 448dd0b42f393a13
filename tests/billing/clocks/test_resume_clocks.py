from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime

import pytest
from django.db import connection

from apps.billing.services.clocks.advance_clock import advance_clock
from apps.billing.services.clocks.request_advance import request_advance
from apps.billing.services.clocks.resume_clocks import resume_clocks
from apps.core.advisory_lock import advisory_lock
from apps.core.errors import InvalidInput
from apps.customers.enums import TestClockStatus
from apps.customers.errors import TestClockRefused
from apps.customers.models import TestClock
from apps.invoices.models import Invoice
from apps.subscriptions.enums import CollectionMethod
from tests.factories.billing import STARTED_AT, subscribe_to, utc
from tests.factories.customers import make_customer, make_test_clock

SENT = {"collection_method": CollectionMethod.SEND_INVOICE, "card": False}


@contextmanager
def other_session_holds(name: str) -> Iterator[None]:
    with ThreadPoolExecutor(1) as pool:
        lock = advisory_lock(name)
        assert pool.submit(lock.__enter__).result() is True
        try:
            yield
        finally:
            pool.submit(lock.__exit__, None, None, None).result()
            pool.submit(lambda: connection.close()).result()


def clock_with_subscription() -> TestClock:
    test_clock = make_test_clock(now_at=STARTED_AT)
    subscribe_to(customer=make_customer(test_clock=test_clock), **SENT)
    return test_clock


def state(test_clock: TestClock) -> tuple[str, datetime]:
    test_clock.refresh_from_db()
    return test_clock.status, test_clock.now_at


@pytest.mark.real_commits
def test_requested_advances_arrive() -> None:
    clocks = [clock_with_subscription(), clock_with_subscription()]
    for test_clock in clocks:
        request_advance(test_clock=test_clock, to=utc(2026, 3, 1))

    assert resume_clocks() == 2

    assert [state(one) for one in clocks] == [(TestClockStatus.READY, utc(2026, 3, 1))] * 2
    assert Invoice.objects.count() == 4
    assert resume_clocks() == 0


@pytest.mark.real_commits
def test_advance_that_another_process_makes_is_left_to_it() -> None:
    test_clock = clock_with_subscription()
    request_advance(test_clock=test_clock, to=utc(2026, 3, 1))

    # Advisory locks are of a session: the other process is another connection.
    with other_session_holds(f"test_clock:{test_clock.pk}"):
        assert resume_clocks() == 0

    assert state(test_clock) == (TestClockStatus.ADVANCING, STARTED_AT)


@pytest.mark.real_commits
def test_worker_that_comes_late_does_not_lose_a_further_request() -> None:
    test_clock = clock_with_subscription()
    advance_clock(clock_id=test_clock.pk, to=utc(2026, 3, 1))
    request_advance(test_clock=test_clock, to=utc(2026, 5, 1))

    # A worker that had read the earlier target comes to this clock only now.
    advance_clock(clock_id=test_clock.pk, to=utc(2026, 3, 1))

    assert state(test_clock) == (TestClockStatus.READY, utc(2026, 5, 1))
    assert Invoice.objects.count() == 4


@pytest.mark.django_db
def test_advance_further_than_two_years_is_refused() -> None:
    test_clock = clock_with_subscription()

    with pytest.raises(InvalidInput) as refused:
        request_advance(test_clock=test_clock, to=utc(2028, 3, 1))

    assert refused.value.field == "to"
    assert state(test_clock) == (TestClockStatus.READY, STARTED_AT)


@pytest.mark.django_db
def test_second_request_while_advancing_is_refused() -> None:
    test_clock = clock_with_subscription()
    request_advance(test_clock=test_clock, to=utc(2026, 3, 1))

    with pytest.raises(TestClockRefused):
        request_advance(test_clock=test_clock, to=utc(2026, 4, 1))

    test_clock.refresh_from_db()
    assert test_clock.target_at == utc(2026, 3, 1)
