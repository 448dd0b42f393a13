from __future__ import annotations

import itertools
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.core import mail as outbox
from django.db import connection

from apps.audit.services.seal import drain_unsealed
from apps.invoices.enums import CreditReason
from apps.invoices.models import CreditNoteDocument, Invoice, InvoiceDocument
from apps.invoices.services.credit import CreditItem, issue_credit_note
from apps.notifications.enums import MailKind, MailStatus
from apps.notifications.models import Mail
from apps.notifications.services.deliver import deliver_mails
from apps.notifications.services.queue_mails import queue_mails
from apps.notifications.services.send import MAX_TRIES, PAUSES, send_mail
from tests.factories.billing import subscribe_to, utc
from tests.factories.customers import make_customer
from tests.factories.invoices import issue_invoice

NOW = utc(2026, 11, 22, 12)
BACKENDS = "tests.factories.mail_servers"

pytestmark = pytest.mark.urls("tests.factories.portal_addresses")


def queued_invoice_mail() -> Mail:
    subscribe_to()
    drain_unsealed()
    queue_mails(now=NOW)
    return Mail.objects.get()


@pytest.mark.django_db
def test_send_hands_over_both_texts_and_the_pdf(settings) -> None:
    settings.SITE_URL = "https://billing.example"
    mail = queued_invoice_mail()

    assert send_mail(mail_id=mail.pk, now=NOW)

    mail.refresh_from_db()
    assert (mail.status, mail.sent_at, mail.tries, mail.next_try_at) == (MailStatus.SENT, NOW, 1, None)
    (message,) = outbox.outbox
    assert message.to == ["ada@example.com"]
    assert message.reply_to == ["help@brand.example"]
    assert message.from_email == f"{mail.brand.name} <billing@localhost>"
    assert message.extra_headers["Message-ID"] == f"<{mail.public_id}@billing.example>"
    assert message.body == mail.text_body
    assert [(part.content, part.mimetype) for part in message.alternatives] == [(mail.html_body, "text/html")]
    name, content, kind = message.attachments[0]
    assert (name, kind) == (f"{Invoice.objects.get().number}.pdf", "application/pdf")
    assert bytes(content) == bytes(InvoiceDocument.objects.get().content)


@pytest.mark.django_db
def test_send_again_sends_nothing() -> None:
    mail = queued_invoice_mail()
    send_mail(mail_id=mail.pk, now=NOW)

    assert not send_mail(mail_id=mail.pk, now=NOW + timedelta(days=1))

    assert len(outbox.outbox) == 1


@pytest.mark.django_db
def test_send_tries_a_server_that_fails_five_times_and_then_leaves_it_to_staff(settings) -> None:
    settings.EMAIL_BACKEND = f"{BACKENDS}.Unreachable"
    mail = queued_invoice_mail()
    tried_at, tries = [], NOW
    while send_mail(mail_id=mail.pk, now=tries):
        tried_at.append(tries)
        mail.refresh_from_db()
        if mail.next_try_at is None:
            break
        assert not send_mail(mail_id=mail.pk, now=mail.next_try_at - timedelta(seconds=1))
        tries = mail.next_try_at

    pauses = tuple(after - before for before, after in itertools.pairwise(tried_at))
    assert (len(tried_at), pauses) == (MAX_TRIES, PAUSES)
    assert (mail.status, mail.error) == (
        MailStatus.FAILED,
        "SMTPServerDisconnected: Connection unexpectedly closed",
    )


@pytest.mark.django_db
def test_send_does_not_try_again_what_a_server_refuses_for_good(settings) -> None:
    settings.EMAIL_BACKEND = f"{BACKENDS}.NoSuchAddress"
    mail = queued_invoice_mail()

    send_mail(mail_id=mail.pk, now=NOW)

    mail.refresh_from_db()
    assert (mail.status, mail.tries) == (MailStatus.FAILED, 1)


@pytest.mark.real_commits
def test_mail_of_a_killed_process_is_sent_again_after_ten_minutes_under_the_same_message_id(settings) -> None:
    settings.EMAIL_BACKEND = f"{BACKENDS}.DiesAfterAccepting"
    mail = queued_invoice_mail()
    with pytest.raises(SystemExit):
        send_mail(mail_id=mail.pk, now=NOW)
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    mail.refresh_from_db()
    assert mail.status == MailStatus.SENDING

    early = deliver_mails(now=NOW + timedelta(minutes=9))
    late = deliver_mails(now=NOW + timedelta(minutes=10))

    mail.refresh_from_db()
    assert (early, late, mail.status, mail.tries) == (0, 1, MailStatus.SENT, 2)
    first, second = outbox.outbox
    assert first.extra_headers["Message-ID"] == second.extra_headers["Message-ID"]
    assert Mail.objects.count() == 1


def deliver_in_thread(_: int) -> int:
    try:
        return sum(deliver_mails(now=NOW) for _ in range(10))
    finally:
        connection.close()


@pytest.mark.real_commits
def test_senders_side_by_side_send_each_mail_once() -> None:
    for number in range(8):
        subscribe_to(customer=make_customer(email=f"c{number}@example.com"))
    drain_unsealed()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(deliver_in_thread, range(4)))
    while deliver_mails(now=NOW):
        pass

    assert sorted(message.to[0] for message in outbox.outbox) == [
        f"c{number}@example.com" for number in range(8)
    ]
    assert set(Mail.objects.values_list("status", "tries")) == {(MailStatus.SENT, 1)}


@pytest.mark.django_db
def test_credit_note_is_mailed_with_its_pdf_and_where_the_money_goes() -> None:
    invoice = issue_invoice(2900)
    item = CreditItem(line_id=invoice.lines.get().pk, amount_minor=900)
    note = issue_credit_note(invoice_id=invoice.pk, items=[item], reason=CreditReason.OTHER, at=NOW)
    drain_unsealed()
    queue_mails(now=NOW)
    mail = Mail.objects.get(kind=MailKind.CREDIT_NOTE)

    assert send_mail(mail_id=mail.pk, now=NOW)

    (message,) = outbox.outbox
    assert message.subject.endswith(f"Credit note {note.number} from {invoice.brand.name}")
    assert "€9.00 of your invoice are given back." in message.body
    assert "Off the invoice: €9.00" in message.body
    name, content, kind = message.attachments[0]
    assert (name, kind) == (f"{note.number}.pdf", "application/pdf")
    assert bytes(content) == bytes(CreditNoteDocument.objects.get().content)
