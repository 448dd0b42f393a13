from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, transaction

from apps.audit.models import Event, OutboxPosition
from apps.audit.services.record import record_event
from apps.audit.services.seal import drain_unsealed
from apps.notifications.enums import MailKind, MailStatus
from apps.notifications.models import Mail
from apps.notifications.services.queue_mails import queue_mails
from apps.notifications.services.send import send_mail
from tests.factories.billing import STARTED_AT, subscribe_to, utc
from tests.factories.customers import make_brand, make_customer

NOW = utc(2026, 11, 22, 12)

pytestmark = pytest.mark.urls("tests.factories.portal_addresses")


def read_all() -> None:
    drain_unsealed()
    while queue_mails(now=NOW):
        pass


def read_from_the_start() -> None:
    """As after a position was restored from a backup."""
    OutboxPosition.objects.filter(reader="notifications").update(seq=0)
    read_all()


def drop_the_unique_key() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conname FROM pg_constraint WHERE conrelid = 'notifications_mail'::regclass"
            " AND contype = 'u' AND conname LIKE '%_key_%'"
        )
        for (name,) in cursor.fetchall():
            cursor.execute(f'ALTER TABLE notifications_mail DROP CONSTRAINT "{name}"')


@pytest.mark.django_db
def test_queue_writes_one_mail_to_each_recipient_of_a_cause() -> None:
    customer = make_customer(extra_recipients=["books@example.com", "ADA@example.com"])
    subscribe_to(customer=customer)

    read_all()

    mails = Mail.objects.order_by("pk")
    assert [(mail.kind, mail.recipient, mail.status) for mail in mails] == [
        (MailKind.INVOICE, "ada@example.com", MailStatus.QUEUED),
        (MailKind.INVOICE, "books@example.com", MailStatus.QUEUED),
    ]
    assert {mail.cause_id for mail in mails} == {Event.objects.get(name="invoice.finalized").public_id}
    assert {(mail.created_at, mail.queued_at) for mail in mails} == {(STARTED_AT, NOW)}


@pytest.mark.django_db
def test_queue_passes_over_events_that_nobody_is_written_to_about() -> None:
    record_event(name="brand.something", subject=make_brand(), at=STARTED_AT)

    read_all()

    assert not Mail.objects.exists()
    assert OutboxPosition.objects.get(reader="notifications").seq == 1


@pytest.mark.real_commits
def test_reading_the_log_again_queues_nothing_twice() -> None:
    subscribe_to()
    read_all()

    read_from_the_start()

    assert Mail.objects.count() == 1


@pytest.mark.real_commits
def test_without_the_unique_key_reading_again_queues_twice() -> None:
    subscribe_to()
    read_all()
    drop_the_unique_key()

    read_from_the_start()

    assert Mail.objects.count() == 2


def read_in_thread(_: int) -> int:
    try:
        return sum(queue_mails(now=NOW, limit=3) for _ in range(30))
    finally:
        connection.close()


@pytest.mark.real_commits
def test_readers_side_by_side_queue_each_mail_once() -> None:
    brand = make_brand()
    for number in range(12):
        subscribe_to(customer=make_customer(brand=brand, email=f"c{number}@example.com"))
    drain_unsealed()
    events = Event.objects.count()

    with ThreadPoolExecutor(4) as pool:
        read = sum(pool.map(read_in_thread, range(4)))
    read_all()

    assert sorted(Mail.objects.values_list("recipient", flat=True)) == sorted(
        f"c{number}@example.com" for number in range(12)
    )
    assert read <= events


@pytest.mark.real_commits
def test_reader_that_dies_before_its_commit_leaves_nothing_behind() -> None:
    subscribe_to()
    drain_unsealed()
    with transaction.atomic():
        queue_mails(now=NOW)
        transaction.set_rollback(True)
    assert not Mail.objects.exists()

    read_all()

    assert Mail.objects.count() == 1


@pytest.mark.django_db
def test_event_that_cannot_be_composed_is_shown_and_holds_up_nobody() -> None:
    brand = make_brand()
    record_event(name="invoice.paid", subject=brand, at=STARTED_AT, data={})
    subscribe_to(customer=make_customer(brand=brand))

    read_all()

    broken, fine = Mail.objects.order_by("pk")
    assert (broken.status, broken.text_body) == (MailStatus.FAILED, "")
    assert broken.error == "DoesNotExist: Invoice matching query does not exist."
    assert (fine.kind, fine.status) == (MailKind.INVOICE, MailStatus.QUEUED)
    assert not send_mail(mail_id=broken.pk, now=NOW + timedelta(days=1))
