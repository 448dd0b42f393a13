"""Pages about coupons, wallets and tax in a real browser: accessible, on a desk and on a phone."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from apps.invoices.enums import CreditReason, Disposition
from apps.invoices.models import Invoice
from apps.invoices.services.credit import CreditItem, issue_credit_note
from apps.promos.enums import CouponDuration
from apps.promos.services.redeem import redeem_coupon
from apps.taxes.enums import EvidenceKind
from apps.taxes.services.record_location import record_location
from apps.wallets.enums import GrantKind
from tests.backoffice.test_pages_in_a_browser import DESK, PHONE, axe_faults
from tests.factories.billing import STARTED_AT, subscribe_to, utc
from tests.factories.customers import make_brand, make_customer
from tests.factories.manual_lines import make_one_off
from tests.factories.promos import make_fixed_coupon, make_percent_coupon, make_promotion_code
from tests.factories.staff import make_staff
from tests.factories.taxes import make_check, make_registration, ship_rates
from tests.factories.wallets import make_grant, make_wallet
from tests.fixtures.pictures import SavePicture
from tests.fixtures.servers import WebServer
from tests.portal.shop import sign_in

pytestmark = [pytest.mark.browser, pytest.mark.real_commits, pytest.mark.slow]

ADMIN_LISTS = (
    *("promos_coupon", "promos_promotioncode", "promos_redemption", "wallets_wallet", "wallets_creditgrant"),
    *("wallets_grantmovement", "taxes_taxregistration", "taxes_taxrate", "taxes_taxidcheck"),
    *("customers_customer", "plans_price", "plans_product"),
)


def furnish() -> tuple[Invoice, Invoice]:
    """A German brand: an invoice with discount and tax whose customer holds credit, and a waiting draft."""
    ship_rates()
    brand = make_brand(name="Dovetail", country="DE", tax_id="DE811907980", default_time_zone="UTC")
    make_registration(brand, "DE", number="DE811907980")
    ada = make_customer(
        brand=brand, name="Ada Archives GmbH", country="DE", tax_id="DE136695976", email="ada@example.com"
    )
    make_check(ada, registered_name="Ada Archives GmbH", consultation_number="WAPIAAAAYbh42")
    record_location(customer=ada, kind=EvidenceKind.IP_ADDRESS, country="AT", at=STARTED_AT)
    spring = make_percent_coupon(
        brand=brand, name="Spring", code="SPRING", duration=CouponDuration.REPEATING, invoices=3
    )
    make_promotion_code(spring, "HELLO")
    redeem_coupon(customer=ada, code="HELLO", at=STARTED_AT)
    full = make_fixed_coupon(brand=brand, name="First ten", code="FIRST10", max_redemptions=1)
    wallet = make_wallet(customer=ada, name="Credit", alert_thresholds=(5000,))
    make_grant(300, wallet=wallet, kind=GrantKind.PROMOTIONAL, name="Sorry for the outage")
    make_grant(4000, wallet=wallet, name="Prepaid", expires_at=utc(2027, 1, 1))
    (issued,) = subscribe_to(customer=ada, at=STARTED_AT).invoices
    unknown = make_customer(brand=brand, name="Nomad Works", country="", email="nomad@example.com")
    redeem_coupon(customer=unknown, code=full.code, at=STARTED_AT)
    (waiting,) = subscribe_to(customer=unknown, at=STARTED_AT).invoices
    return issued, waiting


def paths_of(issued: Invoice, waiting: Invoice) -> dict[str, str]:
    def at(name: str, reference: str = "", **query: str) -> str:
        path = reverse(f"backoffice:{name}", args=[reference] if reference else [])
        return f"{path}?{urlencode(query)}" if query else path

    line = issued.lines.get()
    note = issue_credit_note(
        invoice_id=issued.pk,
        items=[CreditItem(line.pk, amount_minor=1000)],
        reason=CreditReason.OTHER,
        disposition=Disposition.BALANCE,
        at=STARTED_AT,
    )
    assert note is not None
    ada = issued.customer
    return {
        "needs": at("home"),
        "holdings": at("customer", ada.public_id),
        "tax-missing": at("customer", waiting.customer.public_id),
        "taxed-invoice": at("invoice", issued.public_id),
        "taxed-credit-note": at("credit_note", note.public_id),
        "waiting-draft": at("invoice", waiting.public_id),
        "waiting-list": at("invoices", status="tax"),
        "coupons": at("coupons"),
        "wallets": at("wallets"),
        "act-redeem": at("redeem_coupon", ada.public_id),
        "act-wallet": at("open_wallet", ada.public_id),
        "act-credit": at("grant_credit", ada_wallet(issued)),
        "act-exempt": at("set_tax_exemption", ada.public_id),
        "act-tax-id": at("check_tax_id", ada.public_id),
        "brand-sections": at("brand_settings"),
        "tax-report": f"{at('tax_report')}?from=2025-01-01&to=2027-01-01",
    }


def ada_wallet(issued: Invoice) -> str:
    from apps.wallets.models import Wallet

    return Wallet.objects.get(customer=issued.customer).public_id


def test_pages_are_accessible_and_fit_a_phone_and_a_desk(
    web_server: WebServer, page: Page, save_picture: SavePicture
) -> None:
    paths = paths_of(*furnish())
    sign_in(page, web_server, make_staff())

    faults = []
    for name, path in paths.items():
        page.set_viewport_size(DESK)
        page.emulate_media(color_scheme="light")
        answer = page.goto(f"{web_server.url}{path}", wait_until="networkidle")
        assert answer is not None
        assert answer.status == 200, path
        faults += [(name, fault) for fault in axe_faults(page)]
        tables = page.locator(".table-wrap")
        hidden = tables.evaluate_all("boxes => boxes.map(box => box.scrollWidth - box.clientWidth)")
        faults += [(name, f"{max(hidden)} pixels of a table are hidden")] if max(hidden, default=0) else []
        save_picture(page, f"staff-{name}-desk-light")
        page.emulate_media(color_scheme="dark")
        faults += [(name, f"dark: {fault}") for fault in axe_faults(page)]
        page.set_viewport_size(PHONE)
        wide = page.evaluate("document.documentElement.scrollWidth")
        faults += [(name, f"{wide} pixels wide on a phone")] if wide > PHONE["width"] else []
        save_picture(page, f"staff-{name}-phone-dark")

    assert faults == []


def test_double_click_writes_one_line(web_server: WebServer, page: Page) -> None:
    draft = make_one_off()
    sign_in(page, web_server, make_staff())
    page.goto(f"{web_server.url}{reverse('backoffice:add_line', args=[draft.public_id])}")

    page.get_by_label("Description").fill("Workshop")
    page.get_by_label("Unit price").fill("80")
    page.get_by_label("Reason").fill("Agreed")
    # The second click comes while the answer to the first is on its way.
    button = page.get_by_role("button", name="Add line")
    button.evaluate("button => { button.click(); setTimeout(() => button.click(), 40); }")
    expect(page.get_by_text("The draft comes to")).to_be_visible()

    assert draft.lines.filter(description="Workshop").count() == 1


def test_code_is_typed_looked_at_and_redeemed(
    web_server: WebServer, page: Page, save_picture: SavePicture
) -> None:
    issued, _ = furnish()
    make_percent_coupon("10", brand=issued.customer.brand, name="Loyal", code="LOYAL")
    sign_in(page, web_server, make_staff())
    page.goto(f"{web_server.url}{reverse('backoffice:customer', args=[issued.customer.public_id])}")

    page.get_by_role("link", name="Redeem a coupon").click()
    page.get_by_label("Code").fill("loyal")
    page.get_by_label("Reason").fill("A good customer")
    page.get_by_role("button", name="Show what it takes off").click()
    expect(page.get_by_text("10 % off one invoice.")).to_be_visible()
    save_picture(page, "staff-act-redeem-shown")
    page.get_by_role("button", name="Redeem it").click()

    expect(page.get_by_text("Loyal is redeemed: 10 % off one invoice.")).to_be_visible()
    expect(page.get_by_role("cell", name="Loyal LOYAL")).to_be_visible()


def test_lists_of_the_admin_fit_a_desk(web_server: WebServer, page: Page, save_picture: SavePicture) -> None:
    furnish()
    sign_in(page, web_server, make_staff())
    page.set_viewport_size(DESK)

    hidden = {}
    for name in ADMIN_LISTS:
        page.goto(f"{web_server.url}{reverse(f'admin:{name}_changelist')}", wait_until="networkidle")
        boxes = page.locator("#changelist-form .results")
        pixels = boxes.evaluate_all("boxes => boxes.map(box => box.scrollWidth - box.clientWidth)")
        hidden[name] = max(pixels, default=0)
        save_picture(page, f"admin-{name}")

    assert hidden == dict.fromkeys(ADMIN_LISTS, 0)
