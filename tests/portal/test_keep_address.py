"""An address that a customer gives is evidence of where they are."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from apps.core.errors import DomainError
from apps.portal.services.keep_address import keep_address
from apps.portal.services.open_account import open_account
from apps.taxes.enums import EvidenceKind
from apps.taxes.models import LocationEvidence
from tests.factories.billing import STARTED_AT
from tests.factories.customers import make_brand, make_customer, make_member, make_test_clock, make_user
from tests.factories.plans import make_plan

pytestmark = pytest.mark.django_db

LATER = STARTED_AT + timedelta(days=1)


def seen() -> list[tuple[str, str]]:
    return list(LocationEvidence.objects.order_by("pk").values_list("kind", "country"))


def test_address_given_at_checkout_is_evidence() -> None:
    customer = make_customer(country="", test_clock=make_test_clock(now_at=STARTED_AT))
    client = Client()
    client.force_login(make_member(customer=customer).user)
    path = f"{reverse('portal:checkout')}?plan={make_plan().code}"

    refused = client.post(path, {"step": "address", "name": "Ada", "country": ""})
    assert (refused.status_code, seen()) == (200, [])
    sent = client.post(path, {"step": "address", "name": "Ada", "city": "Berlin", "country": "DE"})

    assert (sent.status_code, seen()) == (302, [(EvidenceKind.BILLING_ADDRESS, "DE")])


def test_address_that_is_given_again_is_seen_again() -> None:
    customer = make_customer(country="DE")

    keep_address(customer_id=customer.pk, changes={"country": "DE"}, at=STARTED_AT)
    keep_address(customer_id=customer.pk, changes={"country": "DE"}, at=LATER)

    evidence = LocationEvidence.objects.get()
    assert (evidence.first_seen_at, evidence.seen_at) == (STARTED_AT, LATER)


def test_other_details_and_refused_ones_are_no_evidence() -> None:
    customer = make_customer(country="DE")

    keep_address(customer_id=customer.pk, changes={"name": "Ada"}, at=STARTED_AT)
    with pytest.raises(DomainError):
        keep_address(customer_id=customer.pk, changes={"country": "ZZ"}, at=STARTED_AT)

    assert seen() == []


def test_country_of_a_new_account_is_evidence() -> None:
    account: dict[str, Any] = {"name": "Ada", "country": "FR", "currency": "EUR", "email": "ada@example.com"}

    customer = open_account(brand=make_brand(), livemode=False, user=make_user(), at=STARTED_AT, **account)

    assert LocationEvidence.objects.get().customer == customer
    assert seen() == [(EvidenceKind.BILLING_ADDRESS, "FR")]
