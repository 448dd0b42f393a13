from __future__ import annotations

import threading

import pytest
from django.db import connection, transaction

from apps.accounts.enums import EventIdentity
from apps.audit.models import Event as AuditEvent
from apps.usage.errors import EventIdentityFixed
from apps.usage.intake_selectors import event_identity, fixed_identity
from apps.usage.models import Event
from apps.usage.services.choose_event_identity import choose_event_identity
from tests.factories.customers import make_brand, make_customer
from tests.factories.usage import NOW, make_event, send, statuses

BOTH = EventIdentity.ID_AND_TIMESTAMP


def choose(brand, identity=BOTH):
    choose_event_identity(brand_id=brand.pk, identity=identity, at=NOW)


@pytest.mark.django_db
def test_identity_is_free_until_the_first_event_and_recorded():
    brand = make_brand()
    choose(brand)
    choose(brand, EventIdentity.ID)
    choose(brand)
    customer = make_customer(brand=brand)

    send(customer, make_event(customer))

    assert fixed_identity(brand.pk) == event_identity(brand.pk) == BOTH
    assert AuditEvent.objects.filter(name="brand.updated").count() == 3


@pytest.mark.django_db
@pytest.mark.parametrize("livemode", [False, True])
def test_identity_cannot_change_after_an_event_in_either_mode(livemode):
    customer = make_customer(livemode=livemode)
    send(customer, make_event(customer))

    with pytest.raises(EventIdentityFixed, match="already"):
        choose(customer.brand)

    customer.brand.refresh_from_db()
    assert customer.brand.event_identity == "id"
    choose(customer.brand, EventIdentity.ID)
    choose(make_brand())


@pytest.mark.django_db
def test_an_event_that_was_refused_fixes_nothing():
    customer = make_customer()

    send(customer, make_event("nobody"), make_event(customer, timestamp=NOW.replace(year=2001)))

    assert fixed_identity(customer.brand_id) is None


@pytest.mark.real_commits
def test_first_event_that_waits_for_a_choice_is_known_by_what_was_chosen():
    customer = make_customer()
    said, event = [], make_event(customer, id="e1")

    def send_at_the_same_time():
        said.append(statuses(send(customer, event)))
        connection.close()

    with transaction.atomic():
        choose(customer.brand)
        first = threading.Thread(target=send_at_the_same_time)
        first.start()
        wait_for_a_lock()
    first.join(10)
    again = send(customer, event)
    later = send(customer, make_event(customer, id="e1", timestamp=NOW.replace(hour=1)))

    assert (said, statuses(again), statuses(later)) == ([["accepted"]], ["duplicate"], ["accepted"])
    assert fixed_identity(customer.brand_id) == BOTH


@pytest.mark.real_commits
def test_a_choice_that_waits_for_the_first_event_is_refused():
    customer = make_customer()
    refused = []

    def choose_at_the_same_time():
        try:
            choose(customer.brand)
        except EventIdentityFixed as error:
            refused.append(error.code)
        connection.close()

    with transaction.atomic():
        send(customer, make_event(customer))
        choice = threading.Thread(target=choose_at_the_same_time)
        choice.start()
        wait_for_a_lock()
    choice.join(10)

    assert refused == ["event_identity_fixed"]
    assert (Event.objects.count(), event_identity(customer.brand_id)) == (1, "id")


def wait_for_a_lock() -> None:
    """Until another connection waits for what this transaction holds."""
    for _ in range(1000):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT EXISTS (SELECT 1 FROM pg_locks WHERE NOT granted"
                " AND pg_backend_pid() = ANY(pg_blocking_pids(pid))), pg_sleep(0.01)"
            )
            if cursor.fetchone()[0]:
                return
    pytest.fail("Nobody waits.")
