from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from apps.billing.quote_links import quote_link
from apps.billing.quote_serializers import rendered_preview
from apps.billing.quote_terms import QuoteTerms
from apps.billing.selectors import pay_token
from apps.billing.services.quotes.keep_quote import keep_quote
from apps.core import clock
from apps.customers.enums import MemberRole
from apps.customers.invitation_links import invitation_token
from apps.customers.models import Customer
from apps.customers.services.invite_member import invite_member
from apps.invoices.models import Invoice
from apps.portal import urls
from apps.portal.models import CheckoutSession, PortalSession
from apps.portal.selectors import token_hash
from tests.factories.billing import make_card, subscribe_to
from tests.factories.credit_notes import make_credit_note
from tests.factories.customers import make_brand, make_customer, make_member, make_user
from tests.factories.plans import flat_price, make_meter, make_plan, metered_price
from tests.factories.wallets import make_wallet
from tests.fixtures.gateway import GatewaySandbox

pytestmark = pytest.mark.django_db

OPEN, LOGIN, REFUSED, MISSING, POST_ONLY, GONE = 200, 302, 403, 404, 405, 410
VISITORS = ("stranger", "viewer", "billing", "owner", "bearer")

EVERYBODY = (OPEN, OPEN, OPEN, OPEN, OPEN)
MEMBERS = (LOGIN, OPEN, OPEN, OPEN, OPEN)
PAYERS = (LOGIN, REFUSED, OPEN, OPEN, OPEN)
OWNERS = (LOGIN, REFUSED, REFUSED, OPEN, REFUSED)
SIGNED_IN = (LOGIN, OPEN, OPEN, OPEN, LOGIN)
ONWARD = (LOGIN, LOGIN, LOGIN, LOGIN, LOGIN)
FORMS_ONLY = (POST_ONLY,) * 5

# What a GET of each page answers to a stranger, a viewer, a billing member, an owner and a link's bearer.
MATRIX: dict[str, tuple[int, ...]] = {
    "home": MEMBERS,
    "privacy": MEMBERS,
    "pricing": EVERYBODY,
    "choose": ONWARD,
    "welcome": SIGNED_IN,
    "switch_customer": SIGNED_IN,
    # There is a paid plan: a payer is led on to changing it.
    "checkout": (LOGIN, REFUSED, LOGIN, LOGIN, LOGIN),
    "checkout_session": EVERYBODY,
    "quote": EVERYBODY,
    "session": ONWARD,
    "leave_session": FORMS_ONLY,
    "subscription": MEMBERS,
    "subscription_detail": MEMBERS,
    "change_plan": PAYERS,
    "cancel": PAYERS,
    # Off unless a flag switches it on.
    "pause": (LOGIN, REFUSED, REFUSED, REFUSED, REFUSED),
    # It is not paused: a page says so.
    "resume": (LOGIN, REFUSED, 409, 409, 409),
    "undo": FORMS_ONLY,
    "usage": MEMBERS,
    "usage_csv": MEMBERS,
    "invoices": MEMBERS,
    "invoice": MEMBERS,
    "invoice_pdf": MEMBERS,
    # It is not paid yet, so there is none: a page says so.
    "receipt_pdf": (LOGIN, 409, 409, 409, 409),
    # The seller's address lacks its parts, which an e-invoice needs: a page says so.
    "invoice_xml": (LOGIN, 409, 409, 409, 409),
    "credit_note": MEMBERS,
    "credit_note_pdf": MEMBERS,
    "credit_note_xml": (LOGIN, 409, 409, 409, 409),
    "credit": MEMBERS,
    "credit_movements": MEMBERS,
    "credit_csv": MEMBERS,
    "credit_settings": PAYERS,
    "buy_credit": PAYERS,
    "language": EVERYBODY,
    "pay": EVERYBODY,
    "pay_result": ONWARD,
    "pay_document": EVERYBODY,
    "payment": MEMBERS,
    "add_card": PAYERS,
    # Not configured, so it is offered to nobody.
    "add_paypal": (LOGIN, REFUSED, MISSING, MISSING, MISSING),
    # Back from nowhere: the methods are shown.
    "paypal_return": (LOGIN, REFUSED, LOGIN, LOGIN, LOGIN),
    # Only for customers who pay in rupees.
    "add_in_window": (LOGIN, REFUSED, 404, 404, 404),
    "choose_backup": FORMS_ONLY,
    "choose_card": FORMS_ONLY,
    "remove_card": PAYERS,
    "billing_details": MEMBERS,
    "edit_billing_details": PAYERS,
    "check_tax_id": FORMS_ONLY,
    "team": MEMBERS,
    "invite": OWNERS,
    "withdraw_invitation": FORMS_ONLY,
    "set_role": FORMS_ONLY,
    "remove_member": OWNERS,
    "accept_invitation": SIGNED_IN,
}

# Forms that change something: who may send them. The others are refused with 403, strangers sent to sign in.
FORMS: dict[str, tuple[str, ...]] = {
    "checkout": ("billing", "owner", "bearer"),
    "change_plan": ("billing", "owner", "bearer"),
    "cancel": ("billing", "owner", "bearer"),
    "resume": ("billing", "owner", "bearer"),
    "undo": ("billing", "owner", "bearer"),
    "add_card": ("billing", "owner", "bearer"),
    "choose_backup": ("billing", "owner", "bearer"),
    "choose_card": ("billing", "owner", "bearer"),
    "remove_card": ("billing", "owner", "bearer"),
    "edit_billing_details": ("billing", "owner", "bearer"),
    "check_tax_id": ("billing", "owner", "bearer"),
    "credit_settings": ("billing", "owner", "bearer"),
    "buy_credit": ("billing", "owner", "bearer"),
    "invite": ("owner",),
    "withdraw_invitation": ("owner",),
    "set_role": ("owner",),
    "remove_member": ("owner",),
}


@dataclass(frozen=True)
class House:
    """A customer with a paid plan, a card, an open invoice, members of every role, and every kind of link."""

    customer: Customer
    clients: dict[str, Client]
    arguments: dict[str, list[object]] = field(default_factory=dict)

    def path(self, name: str) -> str:
        query = f"?plan={self.arguments['choose'][0]}" if name == "checkout" else ""
        return reverse(f"portal:{name}", args=self.arguments.get(name, [])) + query


@pytest.fixture
def house(gateway: GatewaySandbox) -> House:
    return furnish(make_customer())


def furnish(customer: Customer) -> House:
    now = clock.now()
    meter = make_meter()
    plan = make_plan(prices=[flat_price(), metered_price(meter)])
    card = make_card(customer)
    bought = subscribe_to(plan, customer=customer, card=False, at=now - timedelta(days=2))
    invoice = Invoice.objects.get(customer=customer)
    checkout = CheckoutSession.objects.create(
        brand=customer.brand,
        customer=customer,
        plan_version=bought.subscription.plan_version,
        currency="EUR",
        token_sha256=token_hash(f"checkout-{customer.pk}"),
        success_url="https://shop.example/thanks",
        created_at=now,
        expires_at=now + timedelta(hours=1),
    )
    assert checkout.pk
    PortalSession.objects.create(
        brand=customer.brand,
        customer=customer,
        token_sha256=token_hash(f"portal-{customer.pk}"),
        created_at=now,
        expires_at=now + timedelta(hours=1),
    )
    clients = {"stranger": Client(), "bearer": Client()}
    clients["bearer"].get(reverse("portal:session", args=[f"portal-{customer.pk}"]))
    for role in MemberRole:
        member = make_member(customer=customer, role=role)
        clients[role.value] = Client()
        clients[role.value].force_login(member.user)
    invitation = invite_member(
        customer=customer,
        email="new@example.com",
        role=MemberRole.VIEWER,
        invited_by=None,
        at=now,
    )
    wallet = make_wallet(customer=customer)
    line = invoice.lines.get()
    note = make_credit_note(line, 100, at=now)
    terms = QuoteTerms(plan=plan.code)
    quote, _ = keep_quote(customer=customer, terms=terms, at=now, rendered=rendered_preview)
    subscription, bill = [bought.subscription.public_id], [pay_token(invoice)]
    arguments: dict[str, list[object]] = {
        "choose": [plan.code],
        "checkout_session": [f"checkout-{customer.pk}"],
        "quote": [quote_link(quote).rstrip("/").rsplit("/", 1)[-1]],
        "session": [f"portal-{customer.pk}"],
        "usage_csv": [*subscription, meter.code],
        "withdraw_invitation": [invitation.public_id],
        "accept_invitation": [invitation_token(invitation)],
    }
    for names, values in (
        (("subscription_detail", "change_plan", "cancel", "pause", "resume", "undo"), subscription),
        (("invoice", "invoice_pdf", "invoice_xml", "receipt_pdf"), [invoice.public_id]),
        (("credit_note", "credit_note_pdf", "credit_note_xml"), [note.public_id]),
        (("credit_movements", "credit_csv", "credit_settings", "buy_credit"), [wallet.public_id]),
        (("pay", "pay_result", "pay_document"), bill),
        (("choose_card", "choose_backup", "remove_card"), [card.public_id]),
        (("add_in_window",), ["upi"]),
        (("set_role", "remove_member"), [member.pk]),
    ):
        arguments |= {name: [*values] for name in names}
    return House(customer, clients, arguments)


def test_every_page_answers_each_visitor_as_declared(house: House) -> None:
    found = {
        name: tuple(house.clients[who].get(house.path(name)).status_code for who in VISITORS)
        # Last, because it makes a bearer of whoever opens it.
        for name in sorted(MATRIX, key=lambda name: name == "session")
    }

    assert found == MATRIX


def test_every_page_is_declared() -> None:
    assert {pattern.name for pattern in urls.urlpatterns} == set(MATRIX)


def test_forms_are_taken_only_from_declared_roles(house: House) -> None:
    refused = {
        (name, who): house.clients[who].post(house.path(name)).status_code
        for name, allowed in FORMS.items()
        for who in VISITORS
        if who not in allowed
    }

    assert refused == {(name, who): LOGIN if who == "stranger" else REFUSED for name, who in refused}
    assert house.customer.members.count() == len(MemberRole)


def test_what_is_another_customers_is_not_there(house: House) -> None:
    others = furnish(make_customer())
    named = [name for name in house.arguments if name in MATRIX and MATRIX[name] in (MEMBERS, PAYERS, OWNERS)]

    assert len(named) == 14
    owner = house.clients["owner"]
    assert {name: owner.get(others.path(name)).status_code for name in named} == dict.fromkeys(named, MISSING)
    forms = [name for name in FORMS if house.arguments.get(name)]
    assert {name: owner.post(others.path(name)).status_code for name in forms} == dict.fromkeys(
        forms, MISSING
    )


def test_member_of_a_live_customer_sees_nothing_in_test_mode() -> None:
    member = make_member(customer=make_customer(livemode=True))
    client = Client()
    client.force_login(member.user)

    response = client.get(reverse("portal:home"))

    assert (response.status_code, response["Location"]) == (302, reverse("portal:welcome"))


def test_member_of_two_customers_chooses_for_whom_to_act() -> None:
    user = make_user()
    one, two = (make_customer(name=name) for name in ("Aardvark", "Zebra"))
    make_member(customer=one, user=user)
    make_member(customer=two, user=user)
    client = Client()
    client.force_login(user)

    assert b"Aardvark</h1>" in client.get(reverse("portal:home")).content
    client.post(reverse("portal:switch_customer"), {"customer": two.public_id})
    assert b"Zebra</h1>" in client.get(reverse("portal:home")).content
    stranger = make_customer()
    answer = client.post(reverse("portal:switch_customer"), {"customer": stranger.public_id})
    assert answer.status_code == MISSING


def test_portal_session_that_is_over_opens_nothing() -> None:
    customer, now = make_customer(), clock.now()
    row = PortalSession.objects.create(
        brand=customer.brand,
        customer=customer,
        token_sha256=token_hash("token"),
        created_at=now,
        expires_at=now + timedelta(hours=1),
    )
    client = Client()
    client.get(reverse("portal:session", args=["token"]))
    assert client.get(reverse("portal:home")).status_code == OPEN
    row.expires_at = now - timedelta(seconds=1)
    row.save()

    assert client.get(reverse("portal:home")).status_code == LOGIN
    assert client.get(reverse("portal:session", args=["token"])).status_code == GONE
    assert client.get(reverse("portal:session", args=["wrong"])).status_code == GONE


def test_stranger_is_shown_what_is_sold() -> None:
    make_brand()

    response = Client().get("/")

    assert (response.status_code, response["Location"]) == (302, reverse("portal:pricing"))
