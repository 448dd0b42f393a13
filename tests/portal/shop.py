"""A small shop with real rows, and what people do in its pages: for the browser tests of the portal."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from playwright.sync_api import FrameLocator, Page

from apps.accounts.models import Brand, User
from apps.billing.services.catalog.import_catalog import import_catalog
from apps.core import clock
from apps.customers.enums import MemberRole
from apps.customers.models import Customer
from tests.factories.customers import make_brand, make_customer, make_member, make_user
from tests.fixtures.database import ROOT
from tests.fixtures.servers import WebServer

CATALOG = ROOT / "docs" / "examples" / "demo-shop.yaml"
GOOD_CARD = "4242424242424242"
DECLINED_CARD = "4000000000000002"
DECLINES_LATER_CARD = "4000000000000341"
ASKING_CARD = "4000002760003184"


@dataclass(frozen=True, slots=True)
class Shop:
    """A brand that sells the catalog of the demo, and one customer with an owner."""

    brand: Brand
    customer: Customer
    owner: User


def open_shop(**customer: object) -> Shop:
    brand = make_brand(
        code="pigeon",
        name="Pigeon",
        legal_name="Pigeon Mail GmbH",
        default_currency="EUR",
        support_email="help@pigeon.example",
        invoice_prefix="PIG",
        accent_color="#0f766e",
    )
    import_catalog(text=CATALOG.read_text(), filename=CATALOG.name, at=clock.now())
    values = {"name": "Ada & Sons", "email": "billing@ada.example", "created_at": clock.now()} | customer
    made = make_customer(brand=brand, **values)
    owner = make_user(email="ada@example.com", name="Ada Lovelace")
    make_member(customer=made, user=owner, role=MemberRole.OWNER)
    return Shop(brand, made, owner)


def sign_in(page: Page, server: WebServer, user: User) -> None:
    """Give the browser a session of this person, as if they had come through the sign-in page."""
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    page.context.add_cookies(
        [{"name": settings.SESSION_COOKIE_NAME, "value": session.session_key or "", "url": server.url}]
    )


def card_frame(page: Page) -> FrameLocator:
    return page.frame_locator("iframe[title='Secure card payment input frame']")


def type_card(page: Page, number: str) -> None:
    frame = card_frame(page)
    for label, text in (
        ("Card number", number),
        ("Expiry", "1240"),
        ("Security code", "123"),
        ("Postal code", "10115"),
    ):
        field = frame.get_by_label(label)
        field.fill("")
        field.press_sequentially(text)


def answer_bank(page: Page, button: str = "Complete") -> None:
    """Answer the question that the bank's window asks."""
    modal = page.frame_locator("iframe[title='3-D Secure authentication']")
    modal.get_by_role("button", name=button).click()
