from __future__ import annotations

from datetime import UTC, date, datetime
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection

from apps.usage.months import month_of, months_ahead
from apps.usage.selectors import event_partitions
from apps.usage.services.make_partitions import make_partitions
from apps.usage.tasks import make_coming_partitions
from tests.factories.customers import make_customer
from tests.factories.usage import NOW, make_event, send, statuses


def test_months_ahead_cross_the_year():
    at = datetime(2026, 11, 30, 23, 59, tzinfo=UTC)

    assert list(months_ahead(at, 3)) == [
        *(date(2026, 11, 1), date(2026, 12, 1), date(2027, 1, 1), date(2027, 2, 1))
    ]


def test_month_of_is_the_month_in_utc():
    assert month_of(datetime.fromisoformat("2026-12-01T01:00:00+05:45")) == date(2026, 11, 1)


@pytest.mark.django_db
def test_make_partitions_makes_what_is_missing_and_nothing_twice():
    months = [date(2031, 1, 1), date(2030, 12, 1)]

    assert make_partitions(months=months) == ["usage_event_2030_12", "usage_event_2031_01"]
    assert make_partitions(months=months) == []
    assert [name for name, _ in event_partitions()] == ["usage_event_2030_12", "usage_event_2031_01"]


@pytest.mark.django_db
def test_a_new_partition_has_the_indexes_and_refuses_changes():
    customer = make_customer()
    send(customer, make_event(customer))

    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_indexes WHERE tablename = 'usage_event_2026_11'")
        assert cursor.fetchone() == (4,)
        cursor.execute(
            "SELECT count(*) FROM pg_trigger WHERE tgrelid = 'usage_event_2026_11'::regclass"
            " AND tgname = 'usage_event_append_only'"
        )
        assert cursor.fetchone() == (1,)


@pytest.mark.real_commits
def test_intake_makes_a_month_again_that_was_dropped():
    customer = make_customer()
    send(customer, make_event(customer))
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE usage_event_2026_11")

    answers = send(customer, make_event(customer))

    assert statuses(answers) == ["accepted"]
    assert [name for name, _ in event_partitions()] == ["usage_event_2026_11"]


@pytest.mark.real_commits
def test_events_of_a_dropped_month_are_still_known():
    customer = make_customer()
    event = make_event(customer, timestamp=NOW)
    send(customer, event)
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE usage_event_2026_11")

    assert statuses(send(customer, event)) == ["duplicate"]


@pytest.mark.django_db
def test_the_daily_task_and_the_command_make_the_coming_months():
    make_coming_partitions()
    made = len(event_partitions())

    output = StringIO()
    call_command("usage_partitions", "--ahead", "4", stdout=output)

    assert made == 4
    assert len(event_partitions()) == 5
    assert output.getvalue().endswith("1 made\n")
