from __future__ import annotations

import pytest

from apps.billing.services.refunds.record_refund import record_refund
from apps.core import clock
from apps.notifications.enums import MailKind
from apps.payments.enums import RefundStatus
from apps.payments.models import Refund
from apps.payments.services.ask_refund import ask_refund
from tests.factories.billing import STARTED_AT
from tests.factories.refunds import make_paid, refund
from tests.fixtures.gateway import GatewaySandbox
from tests.notifications.test_compose import SITE, mails

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.factories.portal_addresses")]


@pytest.fixture(autouse=True)
def _site(settings) -> None:
    settings.SITE_URL = SITE


def settle(gateway: GatewaySandbox, made: Refund) -> None:
    """The bank says what its card says, and the gateway is asked."""
    if made.status != RefundStatus.FAILED:
        gateway.control.settle_refund(made.gateway_id or "")
    result = ask_refund(refund_id=made.pk, now=clock.now())
    record_refund(refund_id=made.pk, result=result, at=STARTED_AT, asked_at=clock.now())
    made.refresh_from_db()


def test_refund_is_told_and_so_is_that_it_came_back(gateway: GatewaySandbox) -> None:
    payment = make_paid(gateway, "pm_card_refundFail")
    made = refund(payment, 1000)
    (told,) = mails(MailKind.REFUND, MailKind.REFUND_FAILED)

    settle(gateway, made)
    settle(gateway, made)
    (failed,) = mails(MailKind.REFUND_FAILED)

    number = payment.invoice.number
    assert told.kind == MailKind.REFUND
    assert "You get €10.00 back" in told.subject_line
    assert f"€10.00 of your payment of invoice {number} are on their way" in told.text_body
    assert "Visa •••• 4242" in told.text_body or "5126" in told.text_body
    assert f"{SITE}/" in told.text_body
    assert "Your refund of €10.00" in failed.subject_line
    assert "your bank did not take the money" in failed.html_body


def test_pending_refund_is_told_when_it_has_succeeded(gateway: GatewaySandbox) -> None:
    made = refund(make_paid(gateway, "pm_card_pendingRefund"), 1000)
    assert mails(MailKind.REFUND) == []

    settle(gateway, made)

    assert len(mails(MailKind.REFUND)) == 1
