from __future__ import annotations

import pytest
from django.conf import settings as django_settings
from django.urls import resolve

from apps.billing.services.clocks.advance_clock import advance_clock
from apps.core import clock
from apps.notifications.enums import MailKind, MailStatus
from apps.notifications.models import Mail
from apps.notifications.services.deliver import deliver_mails, drain
from apps.notifications.tasks import deliver
from apps.notifications.wording import page_url
from apps.reporting.enums import MovementKind
from apps.reporting.models import MrrMovement
from apps.subscriptions.enums import CollectionMethod
from tests.factories.billing import STARTED_AT, subscribe_to, utc
from tests.factories.customers import make_customer, make_test_clock
from tests.factories.plans import make_plan


def subscribe_on_a_clock() -> int:
    """A customer on a clock, in trial until 14 February, that pays by transfer; the clock's id."""
    test_clock = make_test_clock(now_at=STARTED_AT)
    subscribe_to(
        make_plan(version={"trial_days": 14}),
        customer=make_customer(test_clock=test_clock),
        card=False,
        collection_method=CollectionMethod.SEND_INVOICE,
    )
    return test_clock.pk


@pytest.mark.real_commits
def test_moving_a_clock_writes_down_each_mail_at_its_own_time_and_leaves_the_sending_to_workers() -> None:
    clock_id = subscribe_on_a_clock()

    advance_clock(clock_id=clock_id, to=utc(2026, 3, 15))

    mails = list(Mail.objects.order_by("pk"))
    assert [(mail.kind, mail.created_at) for mail in mails] == [
        (MailKind.TRIAL_ENDING, utc(2026, 2, 7, 9, 30)),
        (MailKind.TRIAL_CONVERTED, utc(2026, 2, 14, 9, 30)),
        (MailKind.INVOICE, utc(2026, 2, 14, 9, 30)),
        (MailKind.INVOICE, utc(2026, 3, 14)),
    ]
    assert {mail.status for mail in mails} == {MailStatus.QUEUED}
    (movement,) = MrrMovement.objects.all()
    assert (movement.kind, movement.at, movement.delta_minor) == (
        MovementKind.NEW,
        utc(2026, 2, 14, 9, 30),
        2900,
    )

    deliver()

    assert set(Mail.objects.values_list("status", flat=True)) == {MailStatus.SENT}


@pytest.mark.django_db
def test_nothing_to_tell_is_nothing_done() -> None:
    assert (drain(), deliver_mails(now=clock.now())) == (0, 0)


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("portal:home", []),
        ("portal:subscription", []),
        ("portal:invoice", ["inv_1"]),
        ("portal:pay", ["token:1"]),
        ("portal:accept_invitation", ["token:1"]),
    ],
)
def test_pages_that_mails_link_to_exist(name: str, args: list[str]) -> None:
    path = page_url(name, *args).removeprefix(django_settings.SITE_URL)

    assert resolve(path).view_name == name
