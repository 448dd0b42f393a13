"""What customers do later: change, cancel and take back, invite; and the links that integrators hand out."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from apps.billing.services.subscriptions.subscribe import Purchase, subscribe
from apps.core import clock
from apps.customers.enums import MemberRole
from apps.customers.invitation_links import invitation_token
from apps.customers.models import Invitation, Member
from apps.invoices.models import Invoice
from apps.plans.models import PlanVersion
from apps.portal.enums import SessionStatus
from apps.portal.models import CheckoutSession, PortalSession
from apps.portal.selectors import token_hash
from apps.subscriptions.enums import ChangeKind
from apps.subscriptions.models import ScheduledChange, Subscription
from tests.factories.billing import make_card
from tests.factories.customers import make_user
from tests.fixtures.gateway import GatewaySandbox
from tests.fixtures.pictures import SavePicture
from tests.fixtures.servers import WebServer
from tests.portal.shop import GOOD_CARD, Shop, open_shop, sign_in, type_card

pytestmark = [pytest.mark.browser, pytest.mark.real_commits]


@pytest.fixture(autouse=True)
def _impatient(page: Page) -> None:
    page.set_default_timeout(10_000)


def subscribed_shop(plan: str = "scale") -> Shop:
    shop = open_shop()
    make_card(shop.customer)
    subscribe(customer=shop.customer, purchase=Purchase(plan_code=plan), at=clock.now() - timedelta(days=3))
    return shop


def pending() -> ScheduledChange | None:
    return ScheduledChange.objects.filter(status="pending").first()


def test_plan_change_and_cancellation_show_the_effect_and_can_be_taken_back(
    web_server: WebServer, page: Page, save_picture: SavePicture
) -> None:
    shop = subscribed_shop()
    sign_in(page, web_server, shop.owner)
    page.goto(f"{web_server.url}/subscription/")
    page.get_by_role("link", name="Change plan").click()
    page.get_by_role("link", name="Show the effect").nth(2).click()
    page.get_by_label("Seats").fill("4")
    page.get_by_role("button", name="Update").click()
    expect(page.get_by_text("€97.00 is due")).to_be_visible()
    assert pending() is None
    page.get_by_role("button", name="Confirm the change").click()
    expect(page.get_by_text("your plan changes to Team")).to_be_visible()
    change = pending()
    assert change is not None
    assert (change.kind, change.quantity) == (ChangeKind.PLAN, 4)
    page.get_by_role("button", name="Take back").click()
    expect(page.get_by_text("everything goes on as before")).to_be_visible()
    assert pending() is None

    page.get_by_role("link", name="Cancel", exact=True).click()
    page.get_by_label("I do not use it enough").check()
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_text("No further period is charged.")).to_be_visible()
    save_picture(page, "cancel-confirm")
    assert pending() is None
    page.get_by_role("button", name="Cancel my subscription").click()
    expect(page.get_by_text("Your subscription ends on")).to_be_visible()
    save_picture(page, "canceled")
    page.get_by_role("link", name="Overview").click()
    page.get_by_role("button", name="Keep my subscription").click()
    expect(page.get_by_text("Cancellation taken back")).to_be_visible()
    assert pending() is None


def test_invited_person_joins_by_the_link(web_server: WebServer, page: Page) -> None:
    shop = subscribed_shop("free")
    sign_in(page, web_server, shop.owner)
    page.goto(f"{web_server.url}/team/")
    page.get_by_role("link", name="Invite").click()
    page.get_by_label("E-mail address").fill("charles@example.com")
    page.get_by_label("Role").select_option("billing")
    page.get_by_role("button", name="Send the invitation").click()
    expect(page.get_by_text("charles@example.com", exact=True)).to_be_visible()
    invitation = Invitation.objects.get()
    link = reverse("portal:accept_invitation", args=[invitation_token(invitation)])

    charles = make_user(email="charles@example.com", name="Charles")
    page.context.clear_cookies()
    sign_in(page, web_server, charles)
    page.goto(f"{web_server.url}{link}")
    page.get_by_role("button", name="Join").click()
    expect(page.get_by_role("heading", name="Ada & Sons")).to_be_visible()
    assert Member.objects.get(user=charles).role == MemberRole.BILLING
    page.goto(f"{web_server.url}/team/")
    expect(page.get_by_role("link", name="Invite")).to_have_count(0)


def test_hosted_checkout_needs_no_login_and_returns_to_the_integrator(
    web_server: WebServer, page: Page, gateway: GatewaySandbox, save_picture: SavePicture
) -> None:
    shop = open_shop()
    now = clock.now()
    session = CheckoutSession.objects.create(
        brand=shop.brand,
        customer=shop.customer,
        plan_version=PlanVersion.objects.get(plan__code="scale"),
        currency="EUR",
        token_sha256=token_hash("secret-token"),
        success_url=f"{web_server.url}/healthz?thanks",
        cancel_url=f"{web_server.url}/healthz?cancel",
        created_at=now,
        expires_at=now + timedelta(hours=1),
    )
    page.goto(f"{web_server.url}{reverse('portal:checkout_session', args=['secret-token'])}")
    save_picture(page, "hosted-checkout")
    page.get_by_role("checkbox").check()
    type_card(page, GOOD_CARD)
    page.get_by_role("button", name="Subscribe and pay €199.00").click()
    page.wait_for_url("**/healthz?thanks")

    session.refresh_from_db()
    assert session.status == SessionStatus.COMPLETE
    assert session.subscription == Subscription.objects.get(customer=shop.customer)
    assert Invoice.objects.get().paid_minor == 19900
    page.goto(f"{web_server.url}/")
    expect(page).to_have_url(f"{web_server.url}/pricing/")


def test_portal_session_opens_the_portal_until_it_is_left(web_server: WebServer, page: Page) -> None:
    shop = subscribed_shop()
    now = clock.now()
    PortalSession.objects.create(
        brand=shop.brand,
        customer=shop.customer,
        token_sha256=token_hash("secret-token"),
        created_at=now,
        expires_at=now + timedelta(hours=1),
    )
    page.goto(f"{web_server.url}{reverse('portal:session', args=['secret-token'])}")
    expect(page.get_by_role("heading", name="Ada & Sons")).to_be_visible()
    page.get_by_role("link", name="Payment", exact=True).click()
    expect(page.get_by_role("link", name="Add a card")).to_be_visible()
    page.get_by_role("button", name="Leave").click()
    expect(page).to_have_url(f"{web_server.url}/pricing/")
