from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from django.db import transaction

from apps.audit.services.record import record_event
from apps.billing.services.usage.find_late_usage import find_late_usage
from apps.core.advisory_lock import advisory_lock
from apps.core.due_work import DueQuestion, DueWork, Scope, registered_drains, registered_due_work
from apps.core.errors import DomainError
from apps.customers.enums import CLOCK_NEXT, TestClockStatus
from apps.customers.errors import TestClockRefused
from apps.customers.models import TestClock

Progress = Callable[[datetime], None]

# More rounds at one instant than any real work needs: beyond it, something is due for ever.
MAX_ROUNDS = 1000


def advance_clock(*, clock_id: int, to: datetime, on_progress: Progress | None = None) -> TestClock:
    """Move a test clock to `to` (UTC), running what time would have run, in order, for its customers.

    At each due instant the clock stands still until all work of that instant is done and every
    outbox and inbox is empty. Each piece of work commits by itself; when the process dies, calling
    again goes on from there. One that was told to go further meanwhile goes there. `on_progress` is
    told each instant.

    Raises:
        TestClockRefused: it is released, would go backwards, or another process advances it (409).
    """
    to = begin_advance(clock_id=clock_id, to=to)
    with advisory_lock(f"test_clock:{clock_id}") as mine:
        if not mine:
            raise TestClockRefused("This clock is being advanced already.")
        try:
            _run_until(clock_id, to, on_progress)
        except Exception as error:
            _finish(clock_id, TestClockStatus.FAILED, failure=f"{type(error).__name__}: {error}")
            raise
        return _finish(clock_id, TestClockStatus.READY, now_at=to)


@transaction.atomic
def begin_advance(*, clock_id: int, to: datetime, resume: bool = True) -> datetime:
    """Mark a clock as advancing to `to`. With `resume`, one that advances already is taken over.

    Returns where it is to go: further than `to`, when somebody asked for that before.

    Raises:
        TestClockRefused: it is released, advancing already, or would go backwards (409).
    """
    test_clock = TestClock.objects.select_for_update().get(pk=clock_id)
    if to < test_clock.now_at:
        raise TestClockRefused("A clock only moves forward.", field="to")
    if test_clock.status == TestClockStatus.ADVANCING and resume:
        # Left so by a process that died, or still at work: the advisory lock tells which.
        return max(to, test_clock.target_at or to)
    if TestClockStatus.ADVANCING not in CLOCK_NEXT[TestClockStatus(test_clock.status)]:
        raise TestClockRefused(f"This clock is {test_clock.status}.")
    test_clock.status, test_clock.target_at, test_clock.failure = TestClockStatus.ADVANCING, to, ""
    test_clock.save(update_fields=["status", "target_at", "failure"])
    return to


def _run_until(clock_id: int, to: datetime, on_progress: Progress | None) -> None:
    scope, works = Scope(clock_id), registered_due_work()
    # Nobody else moves this clock while its advisory lock is held, so its time is read only here.
    now_at = TestClock.objects.get(pk=clock_id).now_at
    # What was reported since the last advance may be late, and due at once.
    find_late_usage()
    question = DueQuestion(works, scope)
    due = question.ask()
    while due and min(due.values()) <= to:
        # Work may have been due before the clock was where it is: the clock never goes back for it.
        now_at = max(now_at, min(due.values()))
        TestClock.objects.filter(pk=clock_id).update(now_at=now_at)
        due = _work_until_idle(works, scope, now_at, question)
        stuck = [name for name, at in due.items() if at <= now_at]
        if stuck:
            raise DomainError(f"Work stays due at {now_at.isoformat()}: {', '.join(stuck)}.")
        if on_progress is not None:
            on_progress(now_at)


def _work_until_idle(
    works: tuple[DueWork, ...], scope: Scope, at: datetime, question: DueQuestion
) -> Mapping[str, datetime]:
    """Do what is due at `at` until nothing more comes of it; what is due next, by the name of the work."""
    for _ in range(MAX_ROUNDS):
        due = question.ask()
        # What one does may make another due: the next round sees it.
        done = sum(work.run_due(scope, at) for work in works if work.name in due and due[work.name] <= at)
        if not done and not sum(drain() for drain in registered_drains()):
            return due
    return due


@transaction.atomic
def _finish(
    clock_id: int, status: TestClockStatus, *, now_at: datetime | None = None, failure: str = ""
) -> TestClock:
    test_clock = TestClock.objects.select_for_update().get(pk=clock_id)
    test_clock.status, test_clock.failure = status, failure
    test_clock.now_at = now_at or test_clock.now_at
    test_clock.target_at = None if status == TestClockStatus.READY else test_clock.target_at
    test_clock.save(update_fields=["status", "failure", "now_at", "target_at"])
    name = "test_clock.advanced" if status == TestClockStatus.READY else "test_clock.failed"
    record_event(name=name, subject=test_clock, at=test_clock.now_at)
    return test_clock
