"""Whether due work gets done: how old the oldest of each kind is, and whose billing stands still."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily

from apps.billing.models import ParkedCustomer
from apps.core import clock
from apps.core.due_work import DueQuestion, Scope, registered_due_work
from apps.core.readiness import Check

# A sweep comes every ten seconds; what waits longer than this waits for a worker that does not run.
MAX_AGE = timedelta(minutes=10)
REAL_TIME = Scope(None)


def check_due_work() -> Check:
    """For `settings.READINESS_CHECKS`: the oldest work that is due counts."""
    oldest = max(_ages(clock.now()).values(), default=timedelta(0))
    return Check("due_work", oldest <= MAX_AGE, f"{oldest.total_seconds():.0f} s overdue", blocking=False)


def billing_gauges() -> Iterable[Metric]:
    """For `settings.METRICS`. Customers on test clocks are left out: their time is moved by hand."""
    ages = GaugeMetricFamily(
        "monetize_due_work_age_seconds", "Age of the oldest work that is due.", labels=["work"]
    )
    for name, age in _ages(clock.now()).items():
        ages.add_metric([name], age.total_seconds())
    yield ages
    parked = ParkedCustomer.objects.filter(released_at=None).count()
    yield GaugeMetricFamily("monetize_customers_parked", "Customers whose billing failed.", value=parked)


def _ages(now: datetime) -> dict[str, timedelta]:
    """By kind of work, how long its oldest row has been due; zero where nothing is."""
    works = registered_due_work()
    due = DueQuestion(works, REAL_TIME).ask()
    return {work.name: max(now - due.get(work.name, now), timedelta(0)) for work in works}
