"""Drafts that wait for their tax: staff see why, what to do, and try them again."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from apps.audit.models import Event
from apps.customers.models import Customer
from apps.invoices.enums import InvoiceStatus, TaxStatus
from apps.invoices.models import Invoice
from apps.promos.services.redeem import redeem_coupon
from tests.factories.billing import STARTED_AT, subscribe_to
from tests.factories.customers import make_brand, make_customer
from tests.factories.promos import make_percent_coupon
from tests.factories.staff import staff_client
from tests.factories.taxes import make_check, make_registration, ship_rates

pytestmark = pytest.mark.django_db


def draft_without_country() -> Invoice:
    ship_rates()
    brand = make_brand(country="DE", default_time_zone="UTC")
    make_registration(brand, "DE", number="DE811907980")
    customer = make_customer(brand=brand, country="", name="Ada GmbH")
    (draft,) = subscribe_to(customer=customer, at=STARTED_AT).invoices
    assert draft.tax_status == TaxStatus.WAITING
    return draft


def page_of(client: Client, invoice: Invoice) -> Any:
    return client.get(reverse("backoffice:invoice", args=[invoice.public_id]))


def finalise(client: Client, invoice: Invoice) -> Any:
    return client.post(reverse("backoffice:finalize_invoice", args=[invoice.public_id]), {"reason": "Asked"})


def test_home_counts_the_drafts_and_leads_to_them_with_their_reason() -> None:
    draft = draft_without_country()
    client = staff_client()

    home = client.get(reverse("backoffice:home"))
    listed = client.get(reverse("backoffice:invoices"), {"status": "tax"})

    assert home.context["needs"].waiting_taxes == 1
    assert listed.context["list"].rows == [draft]
    assert "Ada GmbH has no country" in listed.content.decode()


def test_page_of_the_draft_says_why_it_waits_and_where_to_repair_it() -> None:
    draft = draft_without_country()

    page = page_of(staff_client(), draft).content.decode()

    assert "Ada GmbH has no country: complete the address" in page
    assert reverse("admin:customers_customer_change", args=[draft.customer_id]) in page
    assert "not known yet" in page
    assert "waits for late usage" not in page


def test_trying_again_without_an_answer_does_nothing_and_says_so() -> None:
    draft = draft_without_country()

    refused = finalise(staff_client(), draft)

    assert refused.status_code == 409
    assert "still waits for its tax: Ada GmbH has no country" in refused.content.decode()
    draft.refresh_from_db()
    assert draft.status == InvoiceStatus.DRAFT
    assert not Event.objects.filter(name="staff.finalize_draft").exists()


def test_trying_again_with_an_answer_issues_it() -> None:
    draft = draft_without_country()
    Customer.objects.filter(pk=draft.customer_id).update(country="DE")

    done = finalise(staff_client(), draft)

    assert done.status_code == 302
    draft.refresh_from_db()
    assert (draft.status, draft.tax_minor) == (InvoiceStatus.OPEN, 551)


def test_issued_invoice_tells_discounts_taxes_and_what_they_were_decided_from() -> None:
    ship_rates()
    brand = make_brand(country="DE", default_time_zone="UTC")
    make_registration(brand, "DE", number="DE811907980")
    customer = make_customer(brand=brand, country="FR", tax_id="FR40303265045")
    make_check(customer, consultation_number="WAPI42")
    redeem_coupon(customer=customer, code=make_percent_coupon(brand=brand).code, at=STARTED_AT)
    (invoice,) = subscribe_to(customer=customer, at=STARTED_AT).invoices

    answer = page_of(staff_client(), invoice)

    page = answer.content.decode()
    assert [row.amount_minor for row in answer.context["discounts"]] == [725]
    (tax,) = answer.context["taxes"]
    assert (tax.row.category, tax.note) == ("AE", "Reverse charge")
    assert dict(answer.context["tax_facts"])["Tax id"] == "FR40303265045: Valid"
    assert "WAPI42" in page
    assert "Reverse charge" in page
