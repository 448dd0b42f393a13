from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from apps.audit.models import Event
from apps.entitlements.enums import AccessLevel, AccessReason
from apps.entitlements.models import CustomerAccess
from apps.entitlements.selectors import access_of, access_with_reason
from apps.entitlements.services.set_access import set_access
from tests.factories.billing import utc
from tests.factories.customers import make_customer

AT = utc(2026, 3, 1)


@pytest.mark.django_db
def test_customer_without_a_row_has_full_access() -> None:
    customer = make_customer()

    assert access_of(customer.pk) == AccessLevel.FULL
    assert access_with_reason(customer.pk) is None


@pytest.mark.django_db
def test_set_access_changes_the_level_and_says_why() -> None:
    customer = make_customer()

    set_access(
        customer_id=customer.pk, level=AccessLevel.READ_ONLY, reason=AccessReason.PAYMENT_OVERDUE, at=AT
    )

    assert access_of(customer.pk) == AccessLevel.READ_ONLY
    access = CustomerAccess.objects.get(pk=customer.pk)
    assert (access.reason, access.since_at) == (AccessReason.PAYMENT_OVERDUE, AT)
    event = Event.objects.get(name="access.changed")
    assert (event.subject_id, event.at) == (customer.public_id, AT)
    assert event.data == {"from": "full", "to": "read_only", "reason": "payment_overdue"}


@pytest.mark.django_db
def test_setting_the_same_level_again_changes_and_records_nothing() -> None:
    customer = make_customer()
    set_access(customer_id=customer.pk, level=AccessLevel.SUSPENDED, reason=AccessReason.STAFF, at=AT)

    access = set_access(
        customer_id=customer.pk, level=AccessLevel.SUSPENDED, reason=AccessReason.STAFF, at=utc(2026, 4, 1)
    )

    assert access.since_at == AT
    assert Event.objects.filter(name="access.changed").count() == 1


@pytest.mark.django_db
def test_setting_full_access_where_nothing_was_set_records_nothing() -> None:
    customer = make_customer()

    set_access(customer_id=customer.pk, level=AccessLevel.FULL, reason=AccessReason.IN_GOOD_STANDING, at=AT)

    assert not Event.objects.filter(name="access.changed").exists()


@pytest.mark.real_commits
def test_same_level_set_by_many_at_once_is_one_change() -> None:
    customer = make_customer()

    def restrict(_: int) -> None:
        try:
            set_access(
                customer_id=customer.pk,
                level=AccessLevel.READ_ONLY,
                reason=AccessReason.PAYMENT_OVERDUE,
                at=AT,
            )
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(restrict, range(6)))

    assert Event.objects.filter(name="access.changed").count() == 1
