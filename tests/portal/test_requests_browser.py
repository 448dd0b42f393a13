"""A change and an end at once, as people do them: with pictures, and by the keyboard alone."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from apps.billing.services.subscriptions.subscribe import Purchase, subscribe
from apps.core import clock
from apps.customers.models import Customer
from apps.invoices.models import CreditNote, Invoice
from apps.plans.models import Plan
from apps.subscriptions.enums import SubscriptionStatus
from apps.subscriptions.models import Subscription
from tests.factories.billing import make_card
from tests.factories.plans import make_plan, seat_price
from tests.fixtures.pictures import SavePicture
from tests.fixtures.servers import WebServer
from tests.portal.axe import axe_faults
from tests.portal.shop import Shop, open_shop, sign_in
from tests.portal.test_every_page_browser import PHONE

pytestmark = [pytest.mark.browser, pytest.mark.real_commits]


@pytest.fixture(autouse=True)
def _impatient(page: Page) -> None:
    page.set_default_timeout(10_000)


def crediting_plan(name: str, unit_amount: str) -> Plan:
    policies = {"upgrade_timing": "now", "termination_credit": "credit_note"}
    return make_plan(
        code=name.lower(), name=name, prices=[seat_price(unit_amount)], version={"policies": policies}
    )


def subscribed(shop: Shop) -> Subscription:
    make_card(shop.customer)
    crediting_plan("Studio", "30.00")
    crediting_plan("Agency", "60.00")
    purchase = Purchase(plan_code="studio", quantity=2)
    at = clock.now() - timedelta(days=10)
    return subscribe(customer=shop.customer, purchase=purchase, at=at).subscription


def picture(page: Page, save_picture: SavePicture, name: str) -> list[str]:
    """Pictures in light and dark, on a desk and a phone; what axe complains of, and what is too wide."""
    faults = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        save_picture(page, f"{name}-{scheme}")
        faults += axe_faults(page)
    desk = page.viewport_size
    page.set_viewport_size(PHONE)
    save_picture(page, f"{name}-phone-dark")
    wide = page.evaluate("document.documentElement.scrollWidth")
    faults += [f"{wide} pixels wide on a phone"] if wide > PHONE["width"] else []
    page.emulate_media(color_scheme="light")
    if desk:
        page.set_viewport_size(desk)
    return faults


def test_change_now_and_cancel_with_credit_are_seen_before_they_happen(
    web_server: WebServer, page: Page, save_picture: SavePicture
) -> None:
    shop = open_shop(created_at=clock.now() - timedelta(days=11))
    subscription = subscribed(shop)
    sign_in(page, web_server, shop.owner)
    page.goto(f"{web_server.url}/subscription/{subscription.public_id}/change/?plan=agency")
    expect(page.get_by_text("is charged now to your Visa •••• 4242.")).to_be_visible()
    page.get_by_text("How this was computed").first.click()
    faults = picture(page, save_picture, "change-now")
    assert Invoice.objects.count() == 1

    page.get_by_role("button", name="Confirm the change").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Done: your plan is changed.")).to_be_visible()
    faults += picture(page, save_picture, "changed-now")
    subscription.refresh_from_db()
    assert subscription.plan_version.plan.code == "agency"
    assert Invoice.objects.count() == 2

    page.get_by_role("link", name="Cancel", exact=True).click()
    page.get_by_label("Now", exact=True).check()
    page.get_by_label("I do not use it enough").check()
    faults += picture(page, save_picture, "cancel-asked")
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_text("No invoice comes after that.")).to_be_visible()
    faults += picture(page, save_picture, "cancel-with-credit")
    assert not CreditNote.objects.exists()
    page.get_by_role("button", name="Cancel my subscription").click()
    expect(page.get_by_text("Your subscription has ended.")).to_be_visible()

    subscription.refresh_from_db()
    assert subscription.status == SubscriptionStatus.CANCELED
    assert CreditNote.objects.filter(customer=Customer.objects.get(pk=shop.customer.pk)).exists()
    assert faults == []


def test_without_javascript_everything_can_be_asked_and_confirmed(
    web_server: WebServer, page: Page, browser_name: str
) -> None:
    shop = open_shop(created_at=clock.now() - timedelta(days=11))
    subscription = subscribed(shop)
    browser = page.context.browser
    assert browser is not None
    plain = browser.new_context(java_script_enabled=False).new_page()
    sign_in(plain, web_server, shop.owner)

    plain.goto(f"{web_server.url}/subscription/{subscription.public_id}/change/?plan=studio&quantity=5")
    plain.get_by_label("Now", exact=True).check()
    plain.get_by_role("button", name="Update").click()
    plain.get_by_role("button", name="Confirm the change").click()

    expect(plain.get_by_text("Done: your plan is changed.")).to_be_visible()
    subscription.refresh_from_db()
    assert subscription.quantity == 5
    plain.context.close()
