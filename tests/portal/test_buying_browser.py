"""From a stranger to a paying customer, in a real browser with the card field of the sandbox."""

from __future__ import annotations

import re
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from apps.accounts.models import User
from apps.customers.enums import MemberRole
from apps.customers.models import Consent, Customer, Member
from apps.invoices.enums import InvoiceStatus
from apps.invoices.models import Invoice
from apps.payments.enums import PaymentStatus
from apps.payments.models import Payment, PaymentMethod
from apps.promos.enums import CouponDuration
from apps.subscriptions.enums import SubscriptionStatus
from apps.subscriptions.models import Subscription
from tests.factories.promos import make_percent_coupon, make_promotion_code
from tests.factories.taxes import make_registration, ship_rates
from tests.fixtures.gateway import GatewaySandbox
from tests.fixtures.pictures import SavePicture
from tests.fixtures.servers import WebServer
from tests.portal.axe import axe_faults
from tests.portal.shop import (
    ASKING_CARD,
    DECLINED_CARD,
    DECLINES_LATER_CARD,
    GOOD_CARD,
    answer_bank,
    card_frame,
    open_shop,
    sign_in,
    type_card,
)

pytestmark = [pytest.mark.browser, pytest.mark.real_commits]


@pytest.fixture(autouse=True)
def _impatient(page: Page) -> None:
    page.set_default_timeout(10_000)


def mailed_link(folder: Path) -> str:
    """The first address in the newest mail."""
    newest = max(folder.iterdir(), key=lambda path: path.stat().st_mtime_ns)
    mail = message_from_bytes(newest.read_bytes(), policy=policy.default)
    body = mail.get_body(("plain",))
    assert body is not None
    (link, *_) = re.findall(r"https?://\S+", body.get_content())
    return str(link)


def test_stranger_signs_up_and_starts_the_free_plan(
    web_server: WebServer, page: Page, gateway: GatewaySandbox, save_picture: SavePicture
) -> None:
    open_shop()
    page.goto(web_server.url)
    expect(page).to_have_url(f"{web_server.url}/pricing/")
    save_picture(page, "stranger-pricing")
    page.get_by_role("link", name="Start free").click()
    page.get_by_label("Email").fill("grace@example.com")
    page.get_by_label("Password", exact=True).fill("correct horse battery")
    page.get_by_label("Password (again)").fill("correct horse battery")
    save_picture(page, "sign-up")
    page.get_by_role("button", name="Create account").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Verify")

    page.goto(mailed_link(web_server.mail_folder))
    page.get_by_role("button", name="Confirm").click()
    if "/accounts/login/" in page.url:
        page.get_by_label("Email").fill("grace@example.com")
        page.get_by_label("Password").fill("correct horse battery")
        page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_label("Name or company").fill("Hopper Ltd")
    page.get_by_label("Country").select_option("US")
    save_picture(page, "welcome")
    page.get_by_role("button", name="Continue").click()
    save_picture(page, "checkout-free")
    page.get_by_role("button", name="Start free").click()

    expect(page.get_by_text("You are on Free now.")).to_be_visible()
    customer = Customer.objects.get(name="Hopper Ltd")
    assert (customer.currency, customer.country, customer.time_zone) == ("USD", "US", "UTC")
    member = Member.objects.get(customer=customer)
    assert (member.user.email, member.role) == ("grace@example.com", MemberRole.OWNER)
    assert Subscription.objects.get(customer=customer).status == SubscriptionStatus.ACTIVE
    assert not Consent.objects.exists()


def test_card_buys_a_plan_and_the_consent_is_kept_word_for_word(
    web_server: WebServer, page: Page, gateway: GatewaySandbox, save_picture: SavePicture
) -> None:
    shop = open_shop()
    sign_in(page, web_server, shop.owner)
    page.goto(f"{web_server.url}/pricing/")
    page.get_by_role("link", name="Choose Scale").click()
    consent = page.locator(".consent span").inner_text()
    # A picture of the full page does not draw the card's frame again: the whole page is in sight before.
    page.set_viewport_size({"width": 1280, "height": 1500})
    expect(card_frame(page).locator("input").first).to_be_in_viewport()
    save_picture(page, "checkout", for_readme=True)
    button = page.get_by_role("button", name="Subscribe and pay €199.00")
    type_card(page, GOOD_CARD)
    button.click()
    expect(page.get_by_text("You are on Scale now.")).to_have_count(0)
    page.get_by_role("checkbox").check()
    button.click()

    expect(page.get_by_text("You are on Scale now.")).to_be_visible()
    invoice = Invoice.objects.get()
    assert (invoice.status, invoice.total_minor, invoice.currency) == (InvoiceStatus.PAID, 19900, "EUR")
    kept = Consent.objects.get()
    assert (kept.text, kept.given_by, kept.ip_address) == (consent, shop.owner, "127.0.0.1")
    assert consent.startswith(
        "I agree that Pigeon Mail GmbH charges my payment method €199.00 today for Scale"
    )
    assert len(gateway.control.charges(status="succeeded")) == 1

    page.get_by_role("link", name=invoice.number or "").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="Invoice PDF").click()
    assert download.value.suggested_filename == f"invoice-{invoice.number}.pdf"
    assert Path(download.value.path()).read_bytes().startswith(b"%PDF-")
    page.get_by_text("How this was computed").click()
    expect(page.get_by_text("Flat price: €199.00")).to_be_visible()


def test_bank_that_asks_is_answered_twice_and_the_plan_is_paid(
    web_server: WebServer, page: Page, gateway: GatewaySandbox, save_picture: SavePicture
) -> None:
    shop = open_shop()
    sign_in(page, web_server, shop.owner)
    page.goto(f"{web_server.url}/checkout/?plan=scale&currency=EUR")
    page.get_by_role("checkbox").check()
    type_card(page, ASKING_CARD)
    page.get_by_role("button", name="Subscribe and pay").click()
    answer_bank(page)
    expect(page.get_by_role("heading", name="Your bank asks you to confirm")).to_be_visible()
    save_picture(page, "bank-asks")
    page.get_by_role("button", name="Confirm with the bank").click()
    answer_bank(page)

    expect(page.get_by_role("heading", name="Paid, thank you")).to_be_visible()
    assert Payment.objects.get().status == PaymentStatus.SUCCEEDED
    assert Subscription.objects.get().status == SubscriptionStatus.ACTIVE
    page.get_by_role("link", name="Continue").click()
    expect(page.get_by_role("heading", name="Scale Active")).to_be_visible()


def test_declined_card_says_so_and_another_one_works(
    web_server: WebServer, page: Page, gateway: GatewaySandbox
) -> None:
    shop = open_shop()
    sign_in(page, web_server, shop.owner)
    page.goto(f"{web_server.url}/checkout/?plan=team&quantity=3")
    expect(page.get_by_role("heading", name="Try Team")).to_be_visible()
    page.get_by_role("checkbox").check()
    type_card(page, DECLINED_CARD)
    page.get_by_role("button", name="Start the trial").click()
    expect(page.get_by_text("Your card was declined.")).to_be_visible()
    assert not Subscription.objects.exists()
    type_card(page, GOOD_CARD)
    page.get_by_role("button", name="Start the trial").click()

    expect(page.get_by_text("You are on Team now.")).to_be_visible()
    subscription = Subscription.objects.get()
    assert (subscription.status, subscription.quantity) == (SubscriptionStatus.TRIALING, 3)
    assert not Invoice.objects.exclude(total_minor=0).exists()


def test_card_that_declines_the_charge_leads_to_the_pay_page(
    web_server: WebServer, page: Page, gateway: GatewaySandbox, save_picture: SavePicture
) -> None:
    shop = open_shop()
    sign_in(page, web_server, shop.owner)
    page.goto(f"{web_server.url}/checkout/?plan=scale")
    page.get_by_role("checkbox").check()
    type_card(page, DECLINES_LATER_CARD)
    page.get_by_role("button", name="Subscribe and pay").click()
    expect(page.get_by_text("The last try did not work: Your card was declined.")).to_be_visible()
    save_picture(page, "pay-after-decline")
    assert Subscription.objects.get().status == SubscriptionStatus.PAST_DUE
    link = page.url

    # The link works for somebody else, who is not signed in.
    page.context.clear_cookies()
    page.goto(link)
    expect(page.get_by_role("navigation", name="Your billing")).to_have_count(0)
    page.get_by_role("link", name="Use another card").click()
    save_picture(page, "pay-other-card")
    type_card(page, GOOD_CARD)
    page.get_by_role("button", name="Pay €199.00").click()

    expect(page.get_by_role("heading", name="Paid, thank you")).to_be_visible()
    assert Invoice.objects.get().status == InvoiceStatus.PAID
    assert Subscription.objects.get().status == SubscriptionStatus.ACTIVE
    assert PaymentMethod.objects.get(is_default=True).last4 == "4242"
    assert len(gateway.control.charges(status="succeeded")) == 1


def test_free_plan_makes_way_for_a_paid_one(
    web_server: WebServer, page: Page, gateway: GatewaySandbox
) -> None:
    shop = open_shop()
    sign_in(page, web_server, shop.owner)
    page.goto(f"{web_server.url}/checkout/?plan=free")
    page.get_by_role("button", name="Start free").click()
    page.get_by_role("link", name="Manage").first.click()
    page.get_by_role("link", name="Upgrade").click()
    page.get_by_role("link", name="Try 14 days free").first.click()
    expect(page.get_by_text("If there is no card by then, you move to Free and pay nothing.")).to_be_visible()
    expect(page.locator("iframe")).to_have_count(0)
    page.get_by_role("button", name="Start the trial").click()

    expect(page.get_by_text("You are on Starter now.")).to_be_visible()
    statuses = dict(Subscription.objects.values_list("plan_version__plan__code", "status"))
    assert statuses == {"free": SubscriptionStatus.CANCELED, "starter": SubscriptionStatus.TRIALING}
    assert User.objects.get().pk == shop.owner.pk


def test_code_of_a_link_and_the_address_come_before_the_price_with_tax(
    web_server: WebServer, page: Page, gateway: GatewaySandbox, save_picture: SavePicture
) -> None:
    shop = open_shop(country="")
    ship_rates()
    make_registration(shop.brand, "DE")
    terms = {"duration": CouponDuration.REPEATING, "invoices": 3}
    make_promotion_code(make_percent_coupon("50", brand=shop.brand, name="Spring", **terms), "SPRING")
    sign_in(page, web_server, shop.owner)
    page.goto(f"{web_server.url}/pricing/?code=SPRING")
    save_picture(page, "pricing-code")
    page.get_by_role("link", name="Choose Scale").click()

    expect(page.get_by_role("heading", name="Where are you billed?")).to_be_visible()
    page.get_by_label("City").fill("Berlin")
    page.get_by_label("Country").select_option("DE")
    save_picture(page, "checkout-address")
    assert axe_faults(page) == []
    page.get_by_role("button", name="Continue").click()

    expect(page.get_by_text("€118.41 for 3 months, then €236.81.").first).to_be_visible()
    expect(page.get_by_text("VAT 19% on €99.50").first).to_be_visible()
    save_picture(page, "checkout-code")
    assert axe_faults(page) == []
    page.get_by_role("button", name="Remove the code SPRING").click()
    expect(page.get_by_role("button", name="Subscribe and pay €236.81")).to_be_visible()
    page.get_by_role("textbox", name="Promotion code").fill("WRONG")
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_text("There is no such code.")).to_be_visible()
    page.set_viewport_size({"width": 390, "height": 844})
    save_picture(page, "checkout-refused-phone")
    assert axe_faults(page) == []
    page.get_by_role("textbox", name="Promotion code").fill("spring")
    page.get_by_role("button", name="Apply").click()
    page.get_by_role("checkbox").check()
    type_card(page, GOOD_CARD)
    page.get_by_role("button", name="Subscribe and pay €118.41").click()

    expect(page.get_by_text("You are on Scale now.")).to_be_visible()
    invoice = Invoice.objects.get()
    assert (invoice.discount_minor, invoice.tax_minor, invoice.paid_minor) == (9950, 1891, 11841)
