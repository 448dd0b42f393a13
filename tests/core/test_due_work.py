from __future__ import annotations

from datetime import datetime

import pytest
from django.db import connection
from django.db.models import QuerySet
from django.test.utils import CaptureQueriesContext

from apps.core.due_work import DueQuestion, DueWork, Instants, Scope, registered_due_work
from apps.customers.models import TestClock
from tests.factories.billing import utc
from tests.factories.customers import make_test_clock

EVER = Scope(None)


def clocks() -> QuerySet[TestClock, datetime]:
    return TestClock.objects.order_by("now_at").values_list("now_at", flat=True)


def work(name: str, *instants: QuerySet[TestClock, datetime]) -> DueWork:
    def asked(scope: Scope) -> Instants:
        return list(instants)

    return DueWork(name, asked, lambda scope, at: 0)


@pytest.mark.django_db
def test_earliest_row_of_all_queries_of_a_work_counts_and_idle_works_are_left_out() -> None:
    make_test_clock(now_at=utc(2026, 3, 1))
    make_test_clock(now_at=utc(2026, 2, 1))
    works = (
        work("later first", clocks().filter(now_at__gt=utc(2026, 2, 15)), clocks()),
        work("none there", clocks().filter(now_at__lt=utc(2026, 1, 1))),
        work("none possible", clocks().filter(pk__in=[])),
        work("one", clocks().filter(now_at=utc(2026, 3, 1))),
    )

    assert DueQuestion(works, EVER).ask() == {"later first": utc(2026, 2, 1), "one": utc(2026, 3, 1)}
    assert [entry.next_due(EVER) for entry in works] == [utc(2026, 2, 1), None, None, utc(2026, 3, 1)]


@pytest.mark.django_db
def test_question_is_one_statement_for_all_registered_works_and_sees_what_came_since() -> None:
    question = DueQuestion((work("clocks", clocks()),), EVER)
    assert question.ask() == {}
    test_clock = make_test_clock(now_at=utc(2026, 3, 1))
    assert question.ask() == {"clocks": utc(2026, 3, 1)}

    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert DueQuestion(registered_due_work(), Scope(test_clock.pk)).ask() == {}
    assert len(queries) == 1
