"""Refunds on the staff pages in a real browser: from the payment to the second person."""

from __future__ import annotations

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from apps.payments.enums import RefundStatus
from apps.payments.models import Refund
from tests.backoffice.test_pages_in_a_browser import DESK, PHONE, axe_faults
from tests.factories.refunds import make_paid
from tests.factories.staff import make_staff
from tests.fixtures.gateway import GatewaySandbox
from tests.fixtures.pictures import SavePicture
from tests.fixtures.servers import WebServer
from tests.portal.shop import sign_in

pytestmark = [pytest.mark.browser, pytest.mark.real_commits, pytest.mark.slow]


def faults_of(page: Page, name: str, save_picture: SavePicture) -> list[str]:
    """What is wrong with the open page on a desk by day and on a phone by night."""
    page.set_viewport_size(DESK)
    page.emulate_media(color_scheme="light")
    faults = axe_faults(page)
    save_picture(page, f"staff-{name}-desk-light")
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size(PHONE)
    faults += axe_faults(page)
    wide = page.evaluate("document.documentElement.scrollWidth")
    faults += [f"{wide} pixels wide on a phone"] if wide > PHONE["width"] else []
    save_picture(page, f"staff-{name}-phone-dark")
    page.set_viewport_size(DESK)
    page.emulate_media(color_scheme="light")
    return [f"{name}: {fault}" for fault in faults]


def test_refund_is_asked_for_on_the_payment_and_approved_by_another_person(
    gateway: GatewaySandbox, web_server: WebServer, page: Page, save_picture: SavePicture
) -> None:
    payment = make_paid(gateway, name="Ada Archives")
    payment.brand.refund_approval_minor = 500
    payment.brand.save(update_fields=["refund_approval_minor"])
    sign_in(page, web_server, make_staff())
    page.goto(f"{web_server.url}{reverse('backoffice:payment', args=[payment.public_id])}")

    page.get_by_role("link", name="Refund", exact=True).click()
    expect(page.get_by_text("€29.00 are left.").first).to_be_visible()
    faults = faults_of(page, "refund", save_picture)
    page.get_by_label("Amount (EUR)").fill("12.50")
    page.get_by_label("Why it is given back").select_option("duplicate")
    page.get_by_label("Reason").fill("Paid twice")
    page.get_by_role("button", name="Refund").dblclick()
    expect(page.get_by_text("€12.50 wait for the approval of somebody else.")).to_be_visible()
    assert (Refund.objects.get().status, gateway.control.refunds()) == (RefundStatus.AWAITING_APPROVAL, [])

    sign_in(page, web_server, make_staff())
    page.goto(f"{web_server.url}{reverse('backoffice:refunds')}?tab=awaiting_approval")
    faults += faults_of(page, "refunds", save_picture)
    page.get_by_role("link", name="Approve").click()
    page.get_by_label("Reason").fill("Seen on the statement")
    page.get_by_role("button", name="Approve and refund").click()
    expect(page.get_by_text("€12.50 are refunded.")).to_be_visible()
    expect(page.get_by_text("Partly refunded")).to_be_visible()
    expect(page.get_by_text("€16.50 are left to be refunded.")).to_be_visible()
    faults += faults_of(page, "payment-refunded", save_picture)

    assert Refund.objects.get().status == RefundStatus.SUCCEEDED
    assert [each["amount"] for each in gateway.control.refunds()] == [1250]
    assert faults == []
