"""Two at the same time, on real commits."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier
from typing import Any

import pytest
from django.db import connection

from apps.core.errors import DomainError
from apps.customers.enums import MemberRole
from apps.customers.models import Customer, Member
from apps.customers.services.remove_member import remove_member
from apps.customers.services.upsert_customer import upsert_customer
from tests.factories.customers import make_brand, make_customer, make_member

AT = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)


def at_once(calls: list[Callable[[], Any]]) -> list[Any]:
    """What each call returned, or the refusal it met; all begin together, each on its own connection."""
    barrier = Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        try:
            barrier.wait()
            return call()
        except DomainError as error:
            return error.code
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


@pytest.mark.real_commits
def test_two_owners_who_leave_at_once_leave_one_behind() -> None:
    for _ in range(10):
        first = make_member(customer=make_customer())
        second = make_member(customer=first.customer)

        answers = at_once([lambda pk=m.pk: remove_member(member_id=pk, at=AT) for m in (first, second)])

        assert sorted(map(str, answers)) == ["None", "member_refused"]
        owners = Member.objects.filter(customer=first.customer, role=MemberRole.OWNER)
        assert owners.count() == 1


@pytest.mark.real_commits
def test_one_external_id_posted_eight_times_at_once_is_one_customer() -> None:
    brand = make_brand()
    profile = {"name": "Ada", "email": "ada@example.com", "currency": "EUR", "external_id": "u1"}

    def post() -> bool:
        _, created = upsert_customer(brand=brand, livemode=False, at=AT, **profile)
        return created

    assert sorted(at_once([post] * 8)) == [False] * 7 + [True]
    assert Customer.objects.count() == 1
