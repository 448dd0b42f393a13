"""A customer in India adds UPI in the gateway's window, in a real browser, and it pays what is unpaid."""

from __future__ import annotations

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from apps.payments.models import PaymentMethod
from tests.fixtures.pictures import SavePicture
from tests.fixtures.razorpay import RazorpayControl
from tests.fixtures.servers import WebServer
from tests.portal.axe import axe_faults
from tests.portal.shop import open_shop, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.real_commits, pytest.mark.slow]


def test_upi_is_added_in_the_window(
    web_server: WebServer, page: Page, razorpay: RazorpayControl, save_picture: SavePicture
) -> None:
    shop = open_shop(currency="INR", country="IN")
    sign_in(page, web_server, shop.owner)
    broken: list[str] = []
    page.on("console", lambda message: broken.append(message.text) if message.type == "error" else None)
    page.goto(web_server.url + reverse("portal:payment"))
    page.get_by_role("link", name="Add UPI").first.click()
    assert axe_faults(page) == []
    save_picture(page, "add-in-window")

    page.get_by_role("button", name="Open the window").click()
    window = page.frame_locator("iframe[title='Razorpay']")
    window.get_by_label("UPI address").fill("failure@razorpay")
    window.get_by_label("Phone").fill("+919876543210")
    window.get_by_role("button", name="Agree").click()
    expect(window.get_by_role("alert")).to_have_text("The payment was declined by the bank.")
    # The browser reports every answer that is not 2xx.
    assert len(broken) == 1
    window.get_by_label("UPI address").fill("success@razorpay")
    window.get_by_role("button", name="Agree").click()

    expect(page.get_by_text("UPI su…@razorpay is saved, and charged from now on.")).to_be_visible()
    assert PaymentMethod.objects.get(customer=shop.customer).is_default
    assert len(broken) == 1
    assert axe_faults(page) == []
    save_picture(page, "payment-upi")


def test_window_that_is_closed_can_be_opened_again(
    web_server: WebServer, page: Page, razorpay: RazorpayControl
) -> None:
    shop = open_shop(currency="INR", country="IN")
    sign_in(page, web_server, shop.owner)
    page.goto(web_server.url + reverse("portal:add_in_window", args=["card"]))
    opener = page.get_by_role("button", name="Open the window")
    opener.click()
    page.frame_locator("iframe[title='Razorpay']").get_by_role("button", name="Cancel").click()
    expect(opener).to_be_focused()

    opener.click()
    window = page.frame_locator("iframe[title='Razorpay']")
    window.get_by_label("Card number").fill("4718 6091 0820 4366")
    window.get_by_role("button", name="Agree").click()

    expect(page.get_by_text("Visa •••• 4366 is saved")).to_be_visible()
