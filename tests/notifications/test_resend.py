from __future__ import annotations

from datetime import timedelta

import pytest
from django.core import mail as outbox

from apps.audit.models import Event
from apps.audit.services.seal import drain_unsealed
from apps.notifications.enums import MailStatus
from apps.notifications.errors import MailRefused
from apps.notifications.models import Mail
from apps.notifications.selectors import failed_mails, get_mail, mail_log, mails_of
from apps.notifications.services.deliver import deliver_mails
from apps.notifications.services.resend import resend_mail
from tests.factories.billing import STARTED_AT, subscribe_to, utc

NOW = utc(2026, 11, 22, 12)
LATER = NOW + timedelta(hours=1)

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.factories.portal_addresses")]


def sent_mail() -> Mail:
    subscribe_to()
    drain_unsealed()
    deliver_mails(now=NOW)
    return Mail.objects.get()


def test_resend_is_a_row_of_its_own_with_the_same_words() -> None:
    mail = sent_mail()

    again = resend_mail(mail_id=mail.pk, at=STARTED_AT, now=LATER)
    deliver_mails(now=LATER)

    again.refresh_from_db()
    assert (again.status, again.resend_of, again.queued_at) == (MailStatus.SENT, mail, LATER)
    assert (again.text_body, again.recipient) == (mail.text_body, mail.recipient)
    first, second = outbox.outbox
    assert first.extra_headers["Message-ID"] != second.extra_headers["Message-ID"]
    assert Event.objects.get(name="mail.resent").data == {"original": mail.public_id}


def test_resend_of_a_resend_names_the_original() -> None:
    mail = sent_mail()
    again = resend_mail(mail_id=mail.pk, at=STARTED_AT, now=LATER)
    deliver_mails(now=LATER)

    third = resend_mail(mail_id=again.pk, at=STARTED_AT, now=LATER)

    assert (third.resend_of, third.key) == (mail, f"{mail.key}:resend:2")


def test_resend_of_a_mail_that_waits_is_refused() -> None:
    mail = sent_mail()
    again = resend_mail(mail_id=mail.pk, at=STARTED_AT, now=LATER)

    with pytest.raises(MailRefused):
        resend_mail(mail_id=again.pk, at=STARTED_AT, now=LATER)

    assert Mail.objects.count() == 2


@pytest.mark.urls("tests.factories.no_addresses")
def test_resend_of_a_mail_that_was_not_composed_composes_it(settings) -> None:
    broken = sent_mail()
    assert (broken.status, broken.text_body, broken.recipient) == (MailStatus.FAILED, "", "")
    assert list(failed_mails(brand_id=broken.brand_id, livemode=False)) == [broken]
    with pytest.raises(MailRefused):
        resend_mail(mail_id=broken.pk, at=STARTED_AT, now=LATER)
    settings.ROOT_URLCONF = "tests.factories.portal_addresses"

    again = resend_mail(mail_id=broken.pk, at=STARTED_AT, now=LATER)
    deliver_mails(now=LATER)

    again.refresh_from_db()
    assert (again.status, again.recipient, again.resend_of) == (MailStatus.SENT, "ada@example.com", broken)
    assert not failed_mails(brand_id=broken.brand_id, livemode=False).exists()


def test_log_shows_the_mails_of_a_brand_and_mode() -> None:
    mail = sent_mail()

    assert list(mail_log(brand_id=mail.brand_id, livemode=False)) == [mail]
    assert not mail_log(brand_id=mail.brand_id, livemode=True).exists()
    assert list(mails_of(mail.customer_id)) == [mail]
    assert get_mail(brand_id=mail.brand_id, livemode=False, reference=mail.public_id) == mail
