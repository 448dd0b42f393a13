"""django-auditlog covers what staff and customers change, and keeps no personal values."""

from __future__ import annotations

import json

import pytest
from auditlog.models import LogEntry
from auditlog.registry import auditlog
from django.contrib import admin
from django.db.models import Model

import monetize.urls  # noqa: F401 - fills the admin's registry as the site does
from apps.accounts.models import ApiKey, Brand
from apps.core.read_only_admin import ReadOnlyAdmin
from apps.customers.models import Customer, Invitation, Member
from apps.customers.services.update_customer import update_customer
from apps.entitlements.models import CustomerAccess
from tests.factories.customers import MADE_AT, make_brand, make_customer, make_user

# Changed by hand on pages outside the admin: the portal and the staff pages.
CHANGED_ON_PAGES: set[type[Model]] = {ApiKey, Brand, Customer, CustomerAccess, Invitation, Member}


def editable_in_the_admin() -> set[type[Model]]:
    """Models of ours, and those of others that say who somebody is, which the admin lets staff change."""
    labels = {"accounts", "auth", "core", "customers", "entitlements", "plans", "waffle", "account"}
    return {
        model
        for model, page in admin.site._registry.items()
        if not isinstance(page, ReadOnlyAdmin)
        and (type(page).__module__.startswith("apps.") or model._meta.app_label in labels)
        and model._meta.label != "account.EmailConfirmation"
    }


def test_every_model_that_people_change_is_tracked() -> None:
    untracked = {m for m in editable_in_the_admin() | CHANGED_ON_PAGES if not auditlog.contains(m)}

    assert len(editable_in_the_admin()) > 8
    assert untracked == set()


@pytest.mark.django_db
def test_change_of_a_customer_is_logged_without_personal_values() -> None:
    customer = make_customer(name="Ada Lovelace", email="ada@example.com")
    LogEntry.objects.all().delete()

    update_customer(
        customer_id=customer.pk, changes={"name": "Grace Hopper", "time_zone": "Europe/Berlin"}, at=MADE_AT
    )

    entry = LogEntry.objects.get()
    assert entry.changes == {"name": ["•••", "•••"], "time_zone": ["UTC", "Europe/Berlin"]}
    assert entry.object_repr == f"customer {customer.pk}"


@pytest.mark.django_db
def test_creating_people_leaves_no_name_in_the_log() -> None:
    make_customer(name="Ada Lovelace", email="ada@example.com", address_lines=["Main Street 1"], phone="555")
    make_user(email="grace@example.com", name="Grace Hopper")

    kept = json.dumps([[e.object_repr, e.changes] for e in LogEntry.objects.all()])

    for personal in ("Ada", "ada@", "Main Street", "555", "Grace", "grace@"):
        assert personal not in kept
    assert LogEntry.objects.filter(content_type__model="customer").count() == 1


@pytest.mark.django_db
def test_log_holds_fields_and_no_relations() -> None:
    make_user()
    make_customer()

    names = {name for entry in LogEntry.objects.all() for name in entry.changes}

    assert {"currency", "legal_name"} <= names
    assert names & {"members", "consents", "invitations", "djstripe_customers"} == set()


@pytest.mark.django_db
def test_logo_is_not_written_to_the_log() -> None:
    brand = make_brand()
    LogEntry.objects.all().delete()

    brand.logo_png = b"\x89PNG\xff\xfe"
    brand.name = "New"
    brand.save()

    assert LogEntry.objects.get().changes == {"name": [f"Brand {brand.code.partition('-')[2]}", "New"]}
