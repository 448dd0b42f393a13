from __future__ import annotations

import re
from datetime import timedelta

import pytest

from apps.audit.models import Event
from apps.audit.services.record import record_event
from apps.audit.services.seal import drain_unsealed
from apps.billing.dunning import Step
from apps.billing.enums import DunningAction
from apps.billing.selectors import invoice_for_pay_token
from apps.billing.services.collection.collect import collect_invoice
from apps.billing.services.collection.collect_due import collect_due
from apps.billing.services.run.bill_customer import bill_customer
from apps.billing.services.subscriptions.cancel import cancel_at_period_end, cancel_now
from apps.billing.services.subscriptions.change_plan import change_plan_at_period_end
from apps.core.due_work import Scope
from apps.customers.enums import MemberRole
from apps.customers.invitation_links import invitation_for_token
from apps.customers.services.invite_member import invite_member
from apps.invoices.enums import DocumentKind
from apps.notifications.enums import MailKind, MailStatus
from apps.notifications.models import Mail
from apps.notifications.services.deliver import deliver_mails
from apps.payments.services.open_attempt import open_attempt
from apps.plans.enums import TrialEnd
from apps.subscriptions.enums import CollectionMethod
from apps.subscriptions.services.remind_of_trial_end import remind_of_trial_end
from apps.subscriptions.services.withdraw_change import withdraw_change
from tests.factories.billing import STARTED_AT, make_card, subscribe_to, utc
from tests.factories.customers import make_brand, make_customer, make_user
from tests.factories.dunning import last_notice, make_policy, reminder
from tests.factories.payments import case_of, make_unpaid_invoice
from tests.factories.plans import flat_price, make_free_plan, make_plan, seat_price
from tests.fixtures.gateway import GatewaySandbox

NOW = utc(2026, 11, 22, 12)
SITE = "https://billing.example"
TRIAL_END = utc(2026, 2, 14, 9, 30)

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.factories.portal_addresses")]


@pytest.fixture(autouse=True)
def _site(settings) -> None:
    settings.SITE_URL = SITE


def mails(*kinds: str) -> list[Mail]:
    """Everything that is to be told so far is told; the mails of these kinds, all for none."""
    drain_unsealed()
    while deliver_mails(now=NOW):
        pass
    found = Mail.objects.order_by("pk")
    assert set(found.values_list("status", flat=True)) <= {MailStatus.SENT}
    return list(found.filter(kind__in=kinds) if kinds else found)


def kinds() -> list[str]:
    return [mail.kind for mail in mails()]


def assert_says(mail: Mail, *sentences: str) -> None:
    """Both texts say it; the HTML is compared as words."""
    words = " ".join(re.sub(r"<[^>]+>", " ", mail.html_body).split())
    for sentence in sentences:
        assert sentence in " ".join(mail.text_body.split())
        assert sentence in words


def link(mail: Mail, path: str) -> str:
    """What follows the path in the link of both texts."""
    (in_text,) = set(re.findall(rf"{re.escape(SITE + path)}(\S+)", mail.text_body))
    assert f'href="{SITE}{path}{in_text}"' in mail.html_body
    return in_text


def test_invoice_mail_says_what_is_charged_and_when() -> None:
    brand = make_brand(name="Acme & Co")
    (invoice,) = subscribe_to(customer=make_customer(brand=brand)).invoices

    (mail,) = mails()

    assert mail.subject_line == f"[TEST] Invoice {invoice.number} from Acme & Co"
    assert (mail.kind, mail.subject_id, mail.attachment_kind) == (
        MailKind.INVOICE,
        invoice.public_id,
        DocumentKind.INVOICE,
    )
    assert_says(mail, "€29.00 is charged to your payment method on file. There is nothing to do.")
    assert_says(mail, "January 31, 2026", invoice.number)
    assert link(mail, "/invoices/") == invoice.public_id
    assert "Acme &amp; Co" in mail.html_body


def test_invoice_mail_is_written_in_the_customer_s_locale_and_zone() -> None:
    customer = make_customer(locale="de-DE", time_zone="Asia/Tokyo")
    subscribe_to(customer=customer, at=utc(2026, 1, 31, 20))

    (mail,) = mails()

    assert "29,00\u00a0€" in mail.text_body
    assert "1. Februar 2026" in mail.text_body


def test_invoice_to_be_paid_by_transfer_asks_for_it_with_a_pay_link() -> None:
    customer = make_customer(brand=make_brand(net_terms_days=14))
    (invoice,) = subscribe_to(customer=customer, collection_method=CollectionMethod.SEND_INVOICE).invoices

    (mail,) = mails()

    assert_says(mail, "Please pay €29.00 by February 14, 2026.")
    assert invoice_for_pay_token(link(mail, "/pay/")) == invoice


def test_invoice_of_nothing_is_mailed_only_where_the_brand_issues_it() -> None:
    free = make_free_plan()
    subscribe_to(free, customer=make_customer(brand=make_brand(zero_invoice_policy="close")))
    assert mails() == []

    subscribe_to(free, customer=make_customer(brand=make_brand(zero_invoice_policy="issue")))

    (mail,) = mails()
    assert_says(mail, "Nothing is due: this invoice is for your records.")


def test_live_mails_carry_no_mark_of_test_mode() -> None:
    (invoice,) = subscribe_to(customer=make_customer(livemode=True)).invoices

    (mail,) = mails()

    assert mail.subject_line == f"Invoice {invoice.number} from {invoice.brand.name}"


def test_names_cannot_add_lines_to_a_subject_or_markup_to_a_body() -> None:
    brand = make_brand(name="Evil\r\nBcc: x@example.com<script>")
    subscribe_to(customer=make_customer(brand=brand))
    drain_unsealed()
    deliver_mails(now=NOW)

    mail = Mail.objects.get()

    assert "\n" not in mail.subject_line
    assert "<script>" not in mail.html_body


def test_receipt_follows_the_payment(gateway: GatewaySandbox) -> None:
    invoice = make_unpaid_invoice(gateway)
    collect_due(case_id=case_of(invoice).pk, at=STARTED_AT)

    first, receipt = mails()

    assert_says(first, "It is paid already: there is nothing left to do.")
    assert (receipt.kind, receipt.attachment_kind) == (MailKind.RECEIPT, DocumentKind.RECEIPT)
    assert receipt.subject_line == f"[TEST] Receipt for invoice {invoice.number} from {invoice.brand.name}"
    assert_says(receipt, "January 31, 2026", "€29.00", "Visa •••• 4242")


def test_soft_decline_says_when_it_is_tried_again_with_a_pay_link(gateway: GatewaySandbox) -> None:
    invoice = make_unpaid_invoice(gateway, behaviour="insufficient_funds")
    collect_due(case_id=case_of(invoice).pk, at=STARTED_AT)

    (mail,) = mails(MailKind.PAYMENT_FAILED)

    assert mail.subject_line == f"[TEST] Your payment of €29.00 to {invoice.brand.name} failed"
    assert_says(
        mail, "It is tried again by itself.", "Feb 3, 2026, 9:30\u202fAM (UTC)".replace("\u202f", " ")
    )
    assert invoice_for_pay_token(link(mail, "/pay/")) == invoice


def test_each_failed_attempt_is_a_mail_of_its_own(gateway: GatewaySandbox) -> None:
    invoice = make_unpaid_invoice(gateway, behaviour="insufficient_funds")
    collect_due(case_id=case_of(invoice).pk, at=STARTED_AT)
    collect_due(case_id=case_of(invoice).pk, at=utc(2026, 2, 3, 9, 30))

    assert len(mails(MailKind.PAYMENT_FAILED)) == 2


def test_hard_decline_asks_for_another_card(gateway: GatewaySandbox) -> None:
    invoice = make_unpaid_invoice(gateway, behaviour="lost_card")
    collect_due(case_id=case_of(invoice).pk, at=STARTED_AT)

    (mail,) = mails(MailKind.PAYMENT_FAILED)

    assert_says(mail, "It is not tried again by itself: please pay with another card.")


def test_decline_that_asks_for_the_customer_is_a_confirmation_mail(gateway: GatewaySandbox) -> None:
    invoice = make_unpaid_invoice(gateway, "pm_card_authenticationRequired")
    collect_due(case_id=case_of(invoice).pk, at=STARTED_AT)

    (mail,) = mails(MailKind.PAYMENT_ACTION, MailKind.PAYMENT_FAILED)

    assert mail.subject_line == f"[TEST] Please confirm your payment of €29.00 to {invoice.brand.name}"
    assert invoice_for_pay_token(link(mail, "/pay/")) == invoice


@pytest.mark.parametrize(("off_session", "mailed"), [(True, 1), (False, 0)])
def test_charge_that_waits_for_the_bank_is_mailed_where_the_customer_was_away(
    gateway: GatewaySandbox, off_session: bool, mailed: int
) -> None:
    invoice = make_unpaid_invoice(gateway)
    payment = open_attempt(invoice_id=invoice.pk, at=STARTED_AT, sent_at=NOW, off_session=off_session)
    for _ in range(2):
        data = {"invoice": invoice.public_id}
        record_event(name="payment.requires_action", subject=payment, at=STARTED_AT, data=data)

    assert len(mails(MailKind.PAYMENT_ACTION)) == mailed


def test_decline_in_front_of_the_customer_is_not_mailed(gateway: GatewaySandbox) -> None:
    invoice = make_unpaid_invoice(gateway, behaviour="insufficient_funds")
    collect_invoice(invoice_id=invoice.pk, at=STARTED_AT, off_session=False)

    assert Event.objects.filter(name="payment.failed").exists()
    assert kinds() == [MailKind.INVOICE]


def remind(at_end: TrialEnd = TrialEnd.CONVERT, *, card: bool = True) -> Mail:
    free = make_free_plan()
    plan = make_plan(name="Pro", version={"trial_days": 14, "trial_end": at_end, "trial_end_plan": free})
    subscribe_to(plan, card=card)
    remind_of_trial_end(scope=Scope(None), at=utc(2026, 2, 7, 9, 30))
    (mail,) = mails(MailKind.TRIAL_ENDING)
    return mail


def test_trial_reminder_names_the_day_and_the_first_bill() -> None:
    mail = remind()

    assert mail.subject_line == "[TEST] Your trial of Pro ends on February 14, 2026"
    assert_says(mail, "Your paid subscription begins then, and the first bill is €29.00.")
    assert f"{SITE}/subscription" in mail.text_body


@pytest.mark.parametrize(
    ("at_end", "sentence"),
    [
        (
            TrialEnd.DOWNGRADE,
            "Add one to keep Pro; otherwise your plan becomes Free, and nothing is charged.",
        ),
        (TrialEnd.CANCEL, "Add one to keep Pro; otherwise your subscription ends, and nothing is charged."),
        (TrialEnd.CONVERT, "the first bill is €29.00."),
    ],
)
def test_trial_reminder_without_a_card_says_what_the_plan_does_then(at_end: TrialEnd, sentence: str) -> None:
    assert_says(remind(at_end, card=False), sentence)


def test_trial_reminder_keeps_nothing_of_the_bill_that_it_rehearses() -> None:
    mail = remind()

    assert Mail.objects.count() == 1
    assert not Event.objects.filter(name="invoice.created").exists()
    assert mail.customer is not None


def test_trial_that_converts_is_told_once() -> None:
    subscription = subscribe_to(make_plan(name="Pro", version={"trial_days": 14})).subscription
    bill_customer(customer_id=subscription.customer_id, at=TRIAL_END)

    assert kinds() == [MailKind.TRIAL_CONVERTED, MailKind.INVOICE]
    assert_says(mails()[0], "Your trial is over, and your subscription to Pro runs since February 14, 2026.")


def test_trial_that_falls_back_to_the_free_plan_is_told_once() -> None:
    version = {"trial_days": 14, "trial_end": TrialEnd.DOWNGRADE, "trial_end_plan": make_free_plan()}
    subscription = subscribe_to(make_plan(name="Pro", version=version), card=False).subscription
    bill_customer(customer_id=subscription.customer_id, at=TRIAL_END)

    (mail,) = mails()

    assert mail.kind == MailKind.TRIAL_DOWNGRADED
    assert mail.subject_line == "[TEST] Your trial has ended: your plan is Free now"


def test_plan_chosen_during_the_trial_is_no_downgrade() -> None:
    subscription = subscribe_to(make_plan(version={"trial_days": 14})).subscription
    bigger = make_plan(name="Business", prices=[flat_price("99.00")])
    change_plan_at_period_end(subscription=subscription, plan_code=bigger.code, quantity=None, at=STARTED_AT)
    bill_customer(customer_id=subscription.customer_id, at=TRIAL_END)

    assert kinds() == [MailKind.TRIAL_CONVERTED, MailKind.INVOICE]
    assert_says(mails()[0], "your subscription to Business runs since")


def test_trial_that_ends_without_a_card_is_told_why() -> None:
    version = {"trial_days": 14, "trial_end": TrialEnd.CANCEL}
    subscription = subscribe_to(make_plan(version=version), card=False).subscription
    bill_customer(customer_id=subscription.customer_id, at=TRIAL_END)

    (mail,) = mails()

    assert mail.kind == MailKind.SUBSCRIPTION_CANCELED
    assert_says(mail, "Your trial ended on February 14, 2026 without a payment method")


def test_scheduled_cancellation_says_when_and_how_to_take_it_back() -> None:
    subscription = subscribe_to(make_plan(name="Pro")).subscription
    cancel_at_period_end(subscription=subscription, reason="unused", comment="", at=STARTED_AT)

    (mail,) = mails(MailKind.CANCEL_SCHEDULED)

    assert mail.subject_line == "[TEST] Your subscription to Pro ends on February 28, 2026"
    assert_says(mail, "Have you changed your mind? Until that day you can take it back.")
    assert f'href="{SITE}/subscription"' in mail.html_body


def test_cancellation_taken_back_before_it_was_told_is_not_told() -> None:
    subscription = subscribe_to().subscription
    cancel_at_period_end(subscription=subscription, reason="unused", comment="", at=STARTED_AT)
    withdraw_change(subscription_id=subscription.pk, at=STARTED_AT)

    assert kinds() == [MailKind.INVOICE]


def test_end_of_a_subscription_is_told() -> None:
    subscription = subscribe_to(make_plan(name="Pro")).subscription
    cancel_now(subscription_id=subscription.pk, reason="unused", comment="", at=utc(2026, 2, 10))

    (mail,) = mails(MailKind.SUBSCRIPTION_CANCELED)

    assert_says(mail, "Your subscription to Pro has ended", "Your subscription ended on February 10, 2026.")


def test_plan_change_says_from_what_to_what() -> None:
    subscription = subscribe_to(make_plan(name="Pro")).subscription
    team = make_plan(name="Team", prices=[seat_price("10.00")])
    change_plan_at_period_end(subscription=subscription, plan_code=team.code, quantity=4, at=STARTED_AT)
    bill_customer(customer_id=subscription.customer_id, at=utc(2026, 2, 28))

    (mail,) = mails(MailKind.PLAN_CHANGED)

    assert mail.subject_line == "[TEST] Your plan is Team now"
    assert "Plan: Team\nBefore: Pro\nSince: February 28, 2026\nQuantity: 4\n" in mail.text_body


def test_invitation_goes_to_the_invited_person_only() -> None:
    customer = make_customer(name="Analytical Engines", extra_recipients=["books@example.com"])
    invitation = invite_member(
        customer=customer,
        email="grace@example.com",
        role=MemberRole.BILLING,
        invited_by=make_user(name="Ada Lovelace"),
        at=NOW,
    )

    (mail,) = mails()

    assert (mail.recipient, mail.kind) == ("grace@example.com", MailKind.MEMBER_INVITED)
    assert_says(mail, "Ada Lovelace invites you to look after the subscription of Analytical Engines.")
    assert invitation_for_token(link(mail, "/invitations/")) == invitation


def test_forged_invitation_link_is_for_nothing() -> None:
    invitation = invite_member(
        customer=make_customer(), email="grace@example.com", role=MemberRole.OWNER, invited_by=None, at=NOW
    )

    assert invitation_for_token(invitation.public_id) is None
    assert invitation_for_token(f"{invitation.public_id}:forged") is None


def test_card_saved_before_the_trial_ends_changes_what_the_reminder_says() -> None:
    plan = make_plan(version={"trial_days": 14, "trial_end": TrialEnd.CANCEL})
    subscription = subscribe_to(plan, card=False).subscription
    make_card(subscription.customer)
    remind_of_trial_end(scope=Scope(None), at=utc(2026, 2, 7, 9, 30))

    (mail,) = mails(MailKind.TRIAL_ENDING)

    assert_says(mail, "the first bill is €29.00.")


def test_timeline_reminds_with_the_pay_link_and_says_what_comes_next(gateway: GatewaySandbox) -> None:
    invoice = make_unpaid_invoice(gateway, behaviour="lost_card")
    steps = [reminder(1), last_notice(3), Step(5, DunningAction.SUSPEND)]
    make_policy(invoice.brand, steps)
    for day in (0, 1, 3):
        collect_due(case_id=case_of(invoice).pk, at=STARTED_AT + timedelta(days=day))

    first, last = mails(MailKind.PAYMENT_REMINDER, MailKind.FINAL_NOTICE)

    assert (first.kind, last.kind) == (MailKind.PAYMENT_REMINDER, MailKind.FINAL_NOTICE)
    assert first.subject_line == f"[TEST] Reminder: €29.00 are owed to {invoice.brand.name}"
    for mail in (first, last):
        assert "your access is suspended on February 5, 2026" in " ".join(mail.text_body.split())
        assert "your access is suspended on February 5, 2026" in mail.html_body
        link = re.search(rf"{SITE}/pay/(\S+)", mail.text_body)
        assert link
        assert invoice_for_pay_token(link[1]) == invoice


def test_expiring_card_is_announced_with_the_page_where_it_is_changed() -> None:
    customer = make_customer()
    card = make_card(customer, exp_month=3, exp_year=2026)
    data = {"expires": [2026, 3], "days": 30}
    record_event(name="payment_method.expiring", subject=card, at=utc(2026, 3, 2, 9), data=data)
    other = {"expires": [2026, 2], "days": 7}
    record_event(name="payment_method.expiring", subject=card, at=utc(2026, 3, 2, 9), data=other)

    (mail,) = mails(MailKind.CARD_EXPIRING)

    assert mail.subject_line == "[TEST] Your card expires soon"
    assert "03/2026" in mail.text_body
    assert f"{SITE}/payment" in mail.text_body
