"""The demo's company: its brand, catalog, staff, keys and flags, as a real installation would be set up."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.models import Group
from django.core.management import call_command

from apps.accounts.enums import ApiKeyKind, StaffRole
from apps.accounts.models import Brand, User
from apps.accounts.services.create_api_key import create_api_key
from apps.billing.services.catalog.import_catalog import import_catalog
from apps.customers.enums import MemberRole
from apps.customers.models import Customer
from apps.customers.services.add_member import add_member
from apps.entitlements.models import FeatureFlag

CATALOG = "docs/examples/demo-shop.yaml"
BRAND_CODE = "pigeon"


@dataclass(frozen=True, slots=True)
class Login:
    """Who may log in where, for the demo's welcome."""

    who: str
    name: str
    secret: str


def make_brand(*, at: datetime) -> Brand:
    """The demo's legal entity."""
    return Brand.objects.create(
        code=BRAND_CODE,
        name="Pigeon",
        legal_name="Pigeon Mail GmbH",
        address_lines=["Torstraße 140", "10119 Berlin"],
        country="DE",
        tax_id="DE811907980",
        support_email="help@pigeon.example",
        website="https://pigeon.example",
        accent_color="#0f766e",
        default_currency="EUR",
        default_time_zone="Europe/Berlin",
        invoice_prefix="PGN",
        invoice_terms="Payable at once. Thank you for letting us carry your mail.",
        # Everybody here pays with the same few test cards.
        one_trial_per_customer=False,
        created_at=at,
    )


def stock_catalog(*, at: datetime) -> None:
    """Publish the demo's price list from its file."""
    path = settings.BASE_DIR / CATALOG
    import_catalog(text=path.read_text(encoding="utf-8"), filename=path.name, at=at)


def hire_staff() -> list[Login]:
    """One administrator and one person for each staff role, with passwords made now."""
    logins = []
    # By name: the roles belong to a sibling of this app.
    call_command("sync_staff_roles", verbosity=0)
    for who, role in (("Administrator", None), *((role.label, role) for role in StaffRole)):
        email = f"{(role or 'admin').replace('_', '')}@pigeon.example"
        password = secrets.token_urlsafe(12)
        user = User.objects.create_user(email, password, name=who, is_staff=True, is_superuser=role is None)
        confirm_email(user)
        if role is not None:
            user.groups.add(Group.objects.get(name=role.value))
        logins.append(Login(f"Staff, {who.lower()}", email, password))
    return logins


def confirm_email(user: User) -> None:
    """Spare an invented person the confirmation mail."""
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)


def issue_keys(*, brand: Brand, at: datetime) -> list[Login]:
    """A secret key with all scopes and a write-only intake key, both for test mode."""
    logins = []
    for name, kind, scopes in (
        ("Demo backend", ApiKeyKind.SECRET, ("*",)),
        ("Demo intake", ApiKeyKind.INTAKE, ()),
    ):
        _, plaintext = create_api_key(
            brand=brand, livemode=False, name=name, kind=kind, scopes=scopes, expires_at=None, at=at
        )
        logins.append(Login(f"API key, {kind.label.lower()}", name, plaintext))
    return logins


def invite_owner(*, customer: Customer, at: datetime) -> Login:
    """A person who may log in to the portal as the owner of a customer."""
    password = secrets.token_urlsafe(12)
    user = User.objects.create_user(customer.email, password, name=customer.name)
    confirm_email(user)
    add_member(customer=customer, user=user, role=MemberRole.OWNER, at=at)
    return Login(f"Customer, {customer.name}", user.email, password)


def raise_flags() -> None:
    """Portal features that the demo shows; staff can switch them by plan or by customer."""
    for name in ("portal_plan_change", "portal_usage_export"):
        FeatureFlag.objects.get_or_create(name=name, defaults={"everyone": True})
