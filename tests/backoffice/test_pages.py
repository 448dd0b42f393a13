"""Every page opens for who may open it, and only for them. A new route must be declared here."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts.enums import StaffRole
from apps.backoffice.urls import urlpatterns
from apps.billing.services.run.retry_parked import retry_parked
from tests.backoffice.shop import Shop, make_shop
from tests.factories.billing import STARTED_AT
from tests.factories.customers import make_user
from tests.factories.staff import make_staff, staff_client

SUPPORT, FINANCE, READ_ONLY = StaffRole.SUPPORT, StaffRole.FINANCE, StaffRole.READ_ONLY
EVERYBODY = {SUPPORT, FINANCE, READ_ONLY}
BOOKKEEPERS = {FINANCE, READ_ONLY}


@dataclass(frozen=True, slots=True)
class Route:
    """Who may GET a route (a superuser may everything), what it is about, and whether it only takes POST."""

    roles: set[StaffRole]
    about: str = ""
    post: bool = False


ROUTES = {
    "home": Route(EVERYBODY),
    "search": Route(EVERYBODY),
    "switch_mode": Route(EVERYBODY, post=True),
    "switch_brand": Route(EVERYBODY, post=True),
    "customers": Route(EVERYBODY),
    "customer": Route(EVERYBODY, "customer"),
    "set_access": Route({SUPPORT, FINANCE}, "customer"),
    "adjust_balance": Route({FINANCE}, "customer"),
    "redeem_coupon": Route({FINANCE}, "customer"),
    "open_wallet": Route({FINANCE}, "customer"),
    "set_tax_exemption": Route({SUPPORT, FINANCE}, "customer"),
    "check_tax_id": Route({FINANCE}, "customer"),
    "coupons": Route(EVERYBODY),
    "end_redemption": Route({FINANCE}, "redemption"),
    "wallets": Route(EVERYBODY),
    "grant_credit": Route({FINANCE}, "wallet"),
    "void_grant": Route({FINANCE}, "credit_grant"),
    "subscriptions": Route(EVERYBODY),
    "subscription": Route(EVERYBODY, "subscription"),
    "cancel_subscription": Route({SUPPORT}, "subscription"),
    "keep_subscription": Route({SUPPORT}, "subscription"),
    "pause_subscription": Route({SUPPORT}, "subscription"),
    "resume_subscription": Route({SUPPORT}, "subscription"),
    "rerate_usage": Route({SUPPORT}, "subscription"),
    "finalize_invoice": Route({FINANCE}, "invoice"),
    "change_plan": Route({SUPPORT}, "subscription"),
    "quotes": Route(EVERYBODY),
    "quote": Route(EVERYBODY, "quote"),
    "new_quote": Route({SUPPORT, FINANCE}, "customer"),
    "cancel_quote": Route({SUPPORT, FINANCE}, "quote"),
    "invoices": Route(EVERYBODY),
    "invoice": Route(EVERYBODY, "invoice"),
    "invoice_pdf": Route(EVERYBODY, "invoice"),
    "invoice_einvoice": Route(EVERYBODY, "invoice"),
    "draft_invoice": Route({FINANCE}, "customer"),
    "record_payment": Route({FINANCE}, "customer"),
    "add_line": Route({FINANCE}, "invoice"),
    "change_line": Route({FINANCE}, "manual_line"),
    "remove_line": Route({FINANCE}, "manual_line"),
    "delete_draft": Route({FINANCE}, "invoice"),
    "regenerate_invoice": Route({FINANCE}, "invoice"),
    "write_off_invoice": Route({FINANCE}, "invoice"),
    "retry_collection": Route({FINANCE}, "invoice"),
    "issue_credit_note": Route({FINANCE}, "invoice"),
    "pay_from_balance": Route({FINANCE}, "invoice"),
    "credit_notes": Route(EVERYBODY),
    "credit_note": Route(EVERYBODY, "credit_note"),
    "credit_note_pdf": Route(EVERYBODY, "credit_note"),
    "credit_note_einvoice": Route(EVERYBODY, "credit_note"),
    "void_credit_note": Route({FINANCE}, "credit_note"),
    "void_invoice": Route({FINANCE}, "invoice"),
    "payments": Route(EVERYBODY),
    "payment": Route(EVERYBODY, "payment"),
    "refund_payment": Route({FINANCE}, "payment"),
    "refunds": Route(EVERYBODY),
    "approve_refund": Route({FINANCE}, "refund"),
    "reject_refund": Route({FINANCE}, "refund"),
    "refund_credit_note": Route({FINANCE}, "credit_note"),
    "dunning": Route(EVERYBODY),
    "dunning_policies": Route(EVERYBODY),
    "dunning_policy": Route(EVERYBODY, "dunning_policy"),
    "new_dunning_policy": Route({FINANCE}),
    "disputes": Route(EVERYBODY),
    "dispute": Route(EVERYBODY, "dispute"),
    "submit_evidence": Route({FINANCE}, "dispute"),
    "reconciliation": Route(EVERYBODY),
    "reconcile": Route({FINANCE}, "gateway"),
    "payout": Route(EVERYBODY, "payout"),
    "match_movement": Route({FINANCE}, "movement"),
    "bank_lines": Route(EVERYBODY),
    "import_bank_statement": Route({FINANCE}),
    "match_bank_line": Route({FINANCE}, "bank_line"),
    "set_line_aside": Route({FINANCE}, "bank_line"),
    "gateway_events": Route(EVERYBODY),
    "retry_gateway_event": Route({FINANCE}, "gateway_event"),
    "revenue": Route(EVERYBODY),
    "subscribers": Route(EVERYBODY),
    "movements": Route(EVERYBODY),
    "parked": Route(EVERYBODY),
    "retry_parked": Route({FINANCE}, "parked"),
    "runs": Route(EVERYBODY),
    "test_clocks": Route(EVERYBODY),
    "advance_clock": Route({SUPPORT}, "clock"),
    "mail": Route(EVERYBODY),
    "mail_detail": Route(EVERYBODY, "mail"),
    "mail_html": Route(EVERYBODY, "mail"),
    "resend_mail": Route({SUPPORT, FINANCE}, "mail"),
    "events": Route(EVERYBODY),
    "verify_events": Route(BOOKKEEPERS, post=True),
    "changes": Route(BOOKKEEPERS),
    "books": Route(BOOKKEEPERS),
    "journal": Route(BOOKKEEPERS),
    "journal_entry": Route(BOOKKEEPERS, "booked"),
    "deferred_revenue": Route(BOOKKEEPERS),
    "tax_report": Route(BOOKKEEPERS),
    "brand_settings": Route(BOOKKEEPERS),
    "api_keys": Route({READ_ONLY}),
    "revoke_api_key": Route(set(), "api_key"),
}


# A gateway's account and its messages serve every brand.
SHARED = {"gateway", "gateway_event", "movement", "payout"}


def address(name: str, shop: Shop) -> str:
    about = ROUTES[name].about
    if not about:
        return reverse(f"backoffice:{name}")
    row = getattr(shop, about)
    if isinstance(row, str):
        return reverse(f"backoffice:{name}", args=[row])
    return reverse(f"backoffice:{name}", args=[getattr(row, "public_id", None) or row.event_id])


def ask(client: Client, name: str, shop: Shop) -> int:
    call = client.post if ROUTES[name].post else client.get
    return int(call(address(name, shop)).status_code)


def test_every_route_is_declared() -> None:
    assert {pattern.name for pattern in urlpatterns} == set(ROUTES)


def test_every_route_asks_for_a_permission() -> None:
    open_to_any_staff = {p.name for p in urlpatterns if not getattr(p.callback, "permission", None)}

    assert open_to_any_staff == {"switch_mode", "switch_brand"}


@pytest.mark.django_db
@pytest.mark.parametrize("role", list(StaffRole))
def test_role_opens_its_pages_and_no_others(role: StaffRole) -> None:
    shop, client = make_shop(), staff_client(role)

    opened = {name for name in ROUTES if ask(client, name, shop) in (200, 302)}
    refused = {name for name in ROUTES if ask(client, name, shop) == 403}

    assert opened == {name for name, route in ROUTES.items() if role in route.roles}
    assert refused == set(ROUTES) - opened


@pytest.mark.django_db
def test_superuser_opens_every_page() -> None:
    shop, client = make_shop(), staff_client()

    assert {name for name in ROUTES if ask(client, name, shop) not in (200, 302)} == set()


@pytest.mark.django_db
def test_acts_are_refused_by_post_too() -> None:
    shop, client = make_shop(), staff_client(READ_ONLY)

    acts = [name for name, route in ROUTES.items() if READ_ONLY not in route.roles and not route.post]
    statuses = {name: client.post(address(name, shop), {"reason": "x"}).status_code for name in acts}

    assert len(acts) == 47
    assert set(statuses.values()) == {403}


@pytest.mark.django_db
def test_settings_are_not_saved_by_who_may_only_look() -> None:
    make_shop()
    client = staff_client(READ_ONLY)

    assert client.post(reverse("backoffice:brand_settings"), {"name": "Mine"}).status_code == 403
    assert client.post(reverse("backoffice:api_keys"), {"name": "Mine"}).status_code == 403


@pytest.mark.django_db
def test_anonymous_is_sent_to_the_login() -> None:
    shop = make_shop()
    client = Client()

    for name, route in ROUTES.items():
        answer = (client.post if route.post else client.get)(address(name, shop))
        assert answer.status_code == 302, name
        assert answer["Location"].startswith(reverse("account_login")), name


@pytest.mark.django_db
def test_customers_people_are_refused() -> None:
    shop = make_shop()
    client = Client()
    client.force_login(make_user(), backend="django.contrib.auth.backends.ModelBackend")

    assert {ask(client, name, shop) for name in ROUTES} == {403}


@pytest.mark.django_db
def test_staff_without_a_second_factor_is_led_to_set_one_up(settings) -> None:
    shop = make_shop()
    client = Client()
    client.force_login(make_staff(mfa=False), backend="django.contrib.auth.backends.ModelBackend")

    for path in (reverse("backoffice:home"), reverse("admin:index")):
        assert client.get(path)["Location"] == reverse("mfa_activate_totp")

    settings.STAFF_MFA_REQUIRED = False
    assert client.get(address("home", shop)).status_code == 200


@pytest.mark.django_db
def test_another_brands_rows_are_not_found() -> None:
    mine, foreign = make_shop(), make_shop()
    client = staff_client()

    details = [name for name, route in ROUTES.items() if route.about and route.about not in SHARED]
    statuses = {name: client.get(address(name, foreign)).status_code for name in details}

    assert mine.brand.pk < foreign.brand.pk
    assert set(statuses.values()) == {404}, statuses


@pytest.mark.django_db
def test_live_mode_shows_no_test_rows() -> None:
    shop = make_shop()
    client = staff_client(livemode_selected=True)

    assert client.get(address("customer", shop)).status_code == 404
    assert shop.customer.name not in client.get(reverse("backoffice:customers")).content.decode()


@pytest.mark.django_db
def test_pages_are_never_kept_by_a_cache() -> None:
    shop = make_shop()

    answer = staff_client().get(address("customer", shop))

    assert answer["Cache-Control"] == "private, no-store"


@pytest.mark.django_db
def test_customer_page_says_that_billing_is_parked_until_a_retry() -> None:
    shop, client = make_shop(), staff_client(READ_ONLY)

    parked = client.get(address("customer", shop)).content.decode()
    retry_parked(parked_id=shop.parked.pk, at=STARTED_AT)
    retried = client.get(address("customer", shop)).content.decode()

    assert "Billing is parked: There is no price in EUR." in parked
    assert "Billing is parked" not in retried


@pytest.mark.django_db
def test_retry_page_names_reason_and_customer_and_no_row_number() -> None:
    shop = make_shop(name="Darwin Travels")

    page = staff_client().get(address("retry_parked", shop)).content.decode()

    assert "price_unavailable · Darwin Travels" in " ".join(page.split())
