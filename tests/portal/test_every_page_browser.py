"""Every page of the portal: accessible by axe, on a desk and a phone, light and dark; no policy broken."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from playwright.sync_api import Page

from apps.billing.selectors import pay_token
from apps.billing.services.collection.collect import collect_invoice
from apps.billing.services.run.run_billing import run_billing
from apps.billing.services.subscriptions.subscribe import Purchase, subscribe
from apps.core import clock
from apps.core.due_work import Scope
from apps.customers.enums import ConsentKind, MemberRole
from apps.customers.invitation_links import invitation_token
from apps.customers.services.invite_member import invite_member
from apps.customers.services.record_consent import record_consent
from apps.invoices.enums import CreditReason
from apps.invoices.models import Invoice
from apps.payments.models import PaymentMethod
from apps.plans.models import Meter
from apps.promos.enums import CouponDuration
from apps.promos.services.redeem import redeem_coupon
from apps.subscriptions.models import Subscription
from apps.wallets.enums import GrantKind
from apps.wallets.models import Wallet
from tests.factories.credit_notes import make_credit_note
from tests.factories.customers import make_member, make_user
from tests.factories.payments import save_card
from tests.factories.promos import make_percent_coupon, make_promotion_code
from tests.factories.taxes import make_check, make_registration, ship_rates
from tests.factories.usage import make_event, send
from tests.factories.wallets import make_grant, make_wallet
from tests.fixtures.gateway import GatewaySandbox
from tests.fixtures.pictures import SavePicture
from tests.fixtures.servers import WebServer
from tests.portal.axe import axe_faults
from tests.portal.shop import Shop, open_shop, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.real_commits, pytest.mark.slow]

PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 800}
AGE = timedelta(days=75)
FOR_README = {"home": "portal", "usage": "portal-usage"}


@dataclass(frozen=True, slots=True)
class LivedIn:
    """A shop whose customer has used Scale for some months; the newest invoice is open after a decline."""

    shop: Shop
    subscription: Subscription
    paid: Invoice
    unpaid: Invoice
    card: PaymentMethod
    invitation_path: str
    wallet: str
    note: str


def live_in(gateway: GatewaySandbox) -> LivedIn:
    now = clock.now()
    started_at = now - AGE
    shop = open_shop(
        created_at=started_at,
        tax_id="DE136695976",
        country="DE",
        address_lines=["Hauptstraße 1"],
        postal_code="10115",
        city="Berlin",
        time_zone="Europe/Berlin",
    )
    sell_with_tax(shop)
    wallet = give_credit(shop, at=started_at)
    card = save_card(gateway, shop.customer, at=started_at)
    bought = subscribe(customer=shop.customer, purchase=Purchase(plan_code="scale"), at=started_at)
    record_consent(
        customer=shop.customer,
        kind=ConsentKind.RECURRING_CHARGE,
        text="I agree that Pigeon Mail GmbH charges my payment method every month until I cancel.",
        user=shop.owner,
        ip="127.0.0.1",
        subject=bought.subscription.public_id,
        at=started_at,
    )
    collect_invoice(invoice_id=bought.invoices[0].pk, at=started_at)
    use(shop, since=started_at, until=now)
    for billed in _bill_until(now):
        if now - billed.created_at < timedelta(days=31):
            gateway.control.set_behaviour(card.gateway_id, "insufficient_funds")
        collect_invoice(invoice_id=billed.pk, at=billed.created_at)
    note = make_credit_note(
        bought.invoices[0].lines.all()[0],
        1000,
        reason=CreditReason.PRODUCT_UNSATISFACTORY,
        memo="For the two hours on Monday.",
        at=now,
    )
    invitation = invite_member(
        customer=shop.customer,
        email="charles@ada.example",
        role=MemberRole.BILLING,
        invited_by=shop.owner,
        at=now,
    )
    make_member(customer=shop.customer, user=make_user(name="Grace Hopper"), role=MemberRole.VIEWER)
    newest = Invoice.objects.order_by("-created_at", "-pk")[0]
    return LivedIn(
        shop,
        Subscription.objects.get(pk=bought.subscription.pk),
        bought.invoices[0],
        newest,
        card,
        reverse("portal:accept_invitation", args=[invitation_token(invitation)]),
        wallet.public_id,
        note.public_id,
    )


def sell_with_tax(shop: Shop) -> None:
    """The brand collects German VAT, and has a code to give; the customer has a coupon and a checked id."""
    ship_rates()
    make_registration(shop.brand, "DE")
    make_check(shop.customer, registered_name="Ada & Sons", consultation_number="WAPIAAAAX1")
    coupon = make_percent_coupon("20", brand=shop.brand, name="Spring", duration=CouponDuration.FOREVER)
    make_promotion_code(coupon, "SPRING")
    loyal = make_percent_coupon(
        "10", brand=shop.brand, name="Loyal customer", duration=CouponDuration.FOREVER
    )
    redeem_coupon(customer=shop.customer, code=loyal.code, at=shop.customer.created_at)


def give_credit(shop: Shop, *, at: datetime) -> Wallet:
    wallet = make_wallet(customer=shop.customer, name="Prepaid credit", alert_thresholds=(5000,), at=at)
    ends_at = at + timedelta(days=400)
    emails = Meter.objects.get(code="emails")
    make_grant(4000, wallet=wallet, name="Bought in spring", at=at)
    make_grant(
        1500,
        wallet=wallet,
        name="Welcome gift",
        kind=GrantKind.PROMOTIONAL,
        expires_at=ends_at,
        meter_ids=(emails.pk,),
        at=at,
    )
    later = at + timedelta(days=90)
    make_grant(2500, wallet=wallet, name="For the summer", effective_at=later, expires_at=ends_at, at=at)
    return wallet


def _bill_until(now: datetime) -> Iterator[Invoice]:
    """Bill month after month; each new invoice is handed out before the next month is billed."""
    while True:
        due_at = Subscription.objects.values_list("next_bill_at", flat=True).get()
        if due_at is None or due_at > now:
            return
        run_billing(scope=Scope(None), at=due_at)
        yield Invoice.objects.order_by("-created_at", "-pk")[0]


def use(shop: Shop, *, since: datetime, until: datetime) -> None:
    days = (until - since).days
    events = []
    for day in range(days):
        at = since + timedelta(days=day, hours=1)
        weekend = at.weekday() >= 5
        calls = 2200 + 90 * day + (day * 37 % 11) * 160 - (1500 if weekend else 0)
        sent = 900 + 35 * day + (day * 53 % 13) * 90 - (500 if weekend else 0)
        events.append(make_event(shop.customer, "api.call", timestamp=at, properties={"calls": calls}))
        events.append(make_event(shop.customer, "email.sent", timestamp=at, properties={"count": sent}))
        gigabytes = {"gigabytes": str(Decimal(day) / 2 + 3)}
        events.append(make_event(shop.customer, "archive.measured", timestamp=at, properties=gigabytes))
    send(shop.customer, *events, received_at=until)


def test_every_page_is_accessible_and_fits_a_phone(
    web_server: WebServer, page: Page, gateway: GatewaySandbox, save_picture: SavePicture
) -> None:
    lived = live_in(gateway)
    sign_in(page, web_server, lived.shop.owner)
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)

    faults = []
    for name, path in paths_of(lived).items():
        page.set_viewport_size(DESK)
        page.emulate_media(color_scheme="light")
        answer = page.goto(f"{web_server.url}{path}", wait_until="networkidle")
        assert answer is not None
        assert answer.status == 200, path
        faults += [(name, fault) for fault in axe_faults(page)]
        save_picture(page, f"{name}-desk-light")
        if name in FOR_README:
            save_picture(page, FOR_README[name], for_readme=True, full_page=False)
        page.emulate_media(color_scheme="dark")
        save_picture(page, f"{name}-desk-dark")
        page.set_viewport_size(PHONE)
        faults += [(name, f"dark phone: {fault}") for fault in axe_faults(page)]
        wide = page.evaluate("document.documentElement.scrollWidth")
        faults += [(name, f"{wide} pixels wide on a phone")] if wide > PHONE["width"] else []
        save_picture(page, f"{name}-phone-dark")
        page.emulate_media(color_scheme="light")
        save_picture(page, f"{name}-phone-light")

    assert faults == []
    assert complaints == []


def paths_of(lived: LivedIn) -> dict[str, str]:
    subscription, invoice = lived.subscription.public_id, lived.paid.public_id
    return {
        "home": reverse("portal:home"),
        "pricing": reverse("portal:pricing"),
        "subscription": reverse("portal:subscription"),
        "change": reverse("portal:change_plan", args=[subscription]),
        "change-effect": reverse("portal:change_plan", args=[subscription]) + "?plan=team&quantity=12",
        "change-now": reverse("portal:change_plan", args=[subscription]) + "?plan=team&quantity=12&when=now",
        "change-code": reverse("portal:change_plan", args=[subscription]) + "?plan=team&when=now&code=SPRING",
        "change-no-code": reverse("portal:change_plan", args=[subscription]) + "?plan=team&code=NOPE",
        "cancel": reverse("portal:cancel", args=[subscription]),
        "usage": reverse("portal:usage"),
        "invoices": reverse("portal:invoices"),
        "invoice": reverse("portal:invoice", args=[invoice]),
        "credit-note": reverse("portal:credit_note", args=[lived.note]),
        "credit": reverse("portal:credit"),
        "credit-movements": reverse("portal:credit_movements", args=[lived.wallet]),
        "credit-settings": reverse("portal:credit_settings", args=[lived.wallet]),
        "buy-credit": reverse("portal:buy_credit", args=[lived.wallet]),
        "language": reverse("portal:language"),
        "pay": reverse("portal:pay", args=[pay_token(lived.unpaid)]),
        "payment": reverse("portal:payment"),
        "add-card": reverse("portal:add_card"),
        "remove-card": reverse("portal:remove_card", args=[lived.card.public_id]),
        "details": reverse("portal:billing_details"),
        "edit-details": reverse("portal:edit_billing_details"),
        "team": reverse("portal:team"),
        "invite": reverse("portal:invite"),
        "invitation": lived.invitation_path,
        "switch": reverse("portal:switch_customer"),
        "privacy": reverse("portal:privacy"),
        "welcome": reverse("portal:welcome"),
    }


@pytest.mark.parametrize("language", ["de", "hi"])
def test_pages_fit_in_other_languages(
    web_server: WebServer, page: Page, gateway: GatewaySandbox, save_picture: SavePicture, language: str
) -> None:
    lived = live_in(gateway)
    lived.shop.customer.locale = language
    lived.shop.customer.save()
    sign_in(page, web_server, lived.shop.owner)

    faults = []
    for name in ("home", "invoice", "credit", "details", "change-code", "pay"):
        page.set_viewport_size(DESK)
        page.goto(f"{web_server.url}{paths_of(lived)[name]}", wait_until="networkidle")
        faults += [(name, fault) for fault in axe_faults(page)]
        save_picture(page, f"{name}-{language}-desk")
        page.set_viewport_size(PHONE)
        wide = page.evaluate("document.documentElement.scrollWidth")
        faults += [(name, f"{wide} pixels wide on a phone")] if wide > PHONE["width"] else []
        save_picture(page, f"{name}-{language}-phone")

    assert faults == []
