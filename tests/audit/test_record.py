from __future__ import annotations

from datetime import UTC, datetime

import pytest
import structlog
import time_machine
from django.db import DatabaseError, connection, transaction

from apps.audit.actor import Actor, acting_as, current_actor, identify
from apps.audit.enums import ActorType
from apps.audit.models import Event, UnsealedEvent
from apps.audit.services.record import record_event
from apps.audit.services.seal import seal_events
from tests.factories.customers import make_brand, make_customer

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
KEY = Actor(ActorType.API_KEY, "key_1", "API key mk_test_abc")


@pytest.mark.django_db
def test_record_event_of_a_customer_names_its_owner_brand_and_mode() -> None:
    customer = make_customer(livemode=True)

    event = record_event(name="customer.created", subject=customer, at=NOON, data={"country": "DE"})

    event.refresh_from_db()
    assert (event.subject_type, event.subject_id) == ("customer", customer.public_id)
    assert event.customer_id == customer.pk
    assert event.brand_id == customer.brand_id
    assert event.livemode is True
    assert event.data == {"country": "DE"}


@pytest.mark.django_db
def test_record_event_of_a_brand_names_itself_and_no_customer() -> None:
    brand = make_brand()

    event = record_event(name="brand.created", subject=brand, at=NOON)

    assert (event.brand_id, event.customer_id, event.livemode) == (brand.pk, None, None)


@pytest.mark.django_db
def test_record_event_given_owner_wins_over_the_subject() -> None:
    event = record_event(
        name="brand.noted", subject=make_brand(), at=NOON, customer_id=5, brand_id=6, livemode=False
    )

    assert (event.customer_id, event.brand_id, event.livemode) == (5, 6, False)


@pytest.mark.django_db
def test_record_event_keeps_effective_and_machine_time_apart() -> None:
    with time_machine.travel("2026-11-22T10:00:00Z", tick=False):
        event = record_event(name="x", subject=make_brand(), at=NOON)

    assert event.at == NOON
    assert event.recorded_at == datetime(2026, 11, 22, 10, tzinfo=UTC)


@pytest.mark.django_db
def test_record_event_takes_actor_and_request_from_the_context() -> None:
    with structlog.contextvars.bound_contextvars(request_id="req-1"), acting_as(KEY):
        event = record_event(name="x", subject=make_brand(), at=NOON)

    assert (event.actor_type, event.actor_id, event.request_id) == ("api_key", "key_1", "req-1")
    after = record_event(name="x", subject=make_brand(), at=NOON)
    assert (after.actor_type, after.actor_label, after.request_id) == ("system", "Monetize", "")


def test_identify_lasts_until_the_enclosing_block_ends() -> None:
    before = current_actor()

    with acting_as(before):
        identify(KEY)
        assert current_actor() == KEY

    assert current_actor() == before


@pytest.mark.real_commits
def test_record_event_rolled_back_leaves_no_row_and_no_queue() -> None:
    with transaction.atomic():
        record_event(name="x", subject=make_brand(), at=NOON)
        transaction.set_rollback(True)

    assert Event.objects.count() == UnsealedEvent.objects.count() == 0


@pytest.mark.real_commits
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_event SET name = 'y'",
        "DELETE FROM audit_event",
        "TRUNCATE audit_event CASCADE",
        "UPDATE audit_seal SET hash = ''",
        "DELETE FROM audit_seal",
        "TRUNCATE audit_seal",
    ],
)
def test_database_refuses_any_change_to_the_log(statement: str) -> None:
    record_event(name="x", subject=make_brand(), at=NOON)
    seal_events()

    with pytest.raises(DatabaseError, match="append-only"), connection.cursor() as cursor:
        cursor.execute(statement)

    assert Event.objects.get().name == "x"
