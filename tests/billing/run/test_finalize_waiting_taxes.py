"""A draft that waited for its tax is issued as soon as what was missing is there."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from apps.accounts.services.update_brand import update_brand
from apps.audit.models import OutboxPosition
from apps.audit.selectors import last_seq
from apps.audit.services.seal import drain_unsealed
from apps.billing.due import drain_tax_changes
from apps.billing.models import CollectionCase
from apps.customers.models import Customer
from apps.customers.services.update_customer import update_customer
from apps.invoices.enums import InvoiceStatus, TaxStatus
from apps.invoices.models import Invoice
from apps.taxes.enums import Scheme
from apps.taxes.services.register_brand import RegistrationInput, register_brand
from apps.taxes.services.set_rate import RateKey, set_rate
from tests.factories.billing import STARTED_AT, subscribe_to
from tests.factories.customers import make_brand, make_customer, make_test_clock
from tests.factories.taxes import make_registration

pytestmark = pytest.mark.django_db


def german_rate(percent: str = "19", tax_code: str = "standard") -> None:
    set_rate(
        key=RateKey("DE", tax_code), percent=Decimal(percent), valid_from=date(2020, 1, 1), at=STARTED_AT
    )


def waiting(**customer: object) -> Invoice:
    """A draft of EUR 29 for a customer whose country nobody knows, of a brand that collects German VAT."""
    brand = make_brand(country="DE", default_time_zone="UTC")
    make_registration(brand, "DE")
    clock = make_test_clock(brand=brand, now_at=STARTED_AT)
    owner = make_customer(**{"brand": brand, "test_clock": clock, "country": ""} | customer)  # type: ignore[arg-type]
    (draft,) = subscribe_to(customer=owner, at=STARTED_AT).invoices
    assert (draft.status, draft.tax_status) == (InvoiceStatus.DRAFT, TaxStatus.WAITING)
    settle()
    return draft


def settle() -> int:
    drain_unsealed()
    return drain_tax_changes()


def change(draft: Invoice, **changes: object) -> None:
    update_customer(customer_id=draft.customer_id, changes=changes, at=STARTED_AT)


def test_an_address_issues_what_waited_for_it_in_the_customers_time() -> None:
    german_rate()
    draft = waiting()

    change(draft, country="DE")

    assert settle() == 1
    draft.refresh_from_db()
    assert (draft.status, draft.total_minor, draft.tax_minor) == (InvoiceStatus.OPEN, 3451, 551)
    assert draft.finalized_at == STARTED_AT
    assert CollectionCase.objects.filter(invoice=draft).exists()
    assert settle() == 0


def test_an_exemption_issues_it_without_tax() -> None:
    german_rate()
    draft = waiting()

    change(draft, country="DE", tax_exempt=True, tax_exempt_reason="Embassy, certificate 7")

    settle()
    draft.refresh_from_db()
    assert (draft.status, draft.tax_minor) == (InvoiceStatus.OPEN, 0)
    assert [tax.category for tax in draft.taxes.all()] == ["E"]


def test_what_cannot_answer_tries_nothing() -> None:
    german_rate()
    draft = waiting()

    change(draft, phone="+49 30 1234")
    change_of_another = make_customer(brand=draft.customer.brand)
    update_customer(customer_id=change_of_another.pk, changes={"country": "FR"}, at=STARTED_AT)

    assert settle() == 0
    draft.refresh_from_db()
    assert draft.status == InvoiceStatus.DRAFT


def test_an_answer_that_still_lacks_leaves_the_draft_waiting_with_the_new_reason() -> None:
    draft = waiting()

    change(draft, country="DE")

    assert settle() == 1
    draft.refresh_from_db()
    assert (draft.status, draft.tax_status) == (InvoiceStatus.DRAFT, TaxStatus.WAITING)
    assert "rate" in draft.tax_problem


def test_a_rate_that_is_added_issues_drafts_of_every_brand() -> None:
    drafts = [waiting(country="DE"), waiting(country="DE")]

    german_rate()

    assert settle() == 2
    assert {Invoice.objects.get(pk=draft.pk).status for draft in drafts} == {InvoiceStatus.OPEN}


def test_a_registration_tries_only_drafts_of_its_brand() -> None:
    german_rate()
    own, other = waiting(), waiting()
    # As it would be after a change behind the back of the log: only an event makes it look.
    Customer.objects.filter(pk__in=[own.customer_id, other.customer_id]).update(country="DE")

    asked = RegistrationInput("CH", Scheme.SWISS_VAT, date(2025, 1, 1), number="CHE-1")
    register_brand(brand=own.customer.brand, registration=asked, at=STARTED_AT)

    assert settle() == 1
    own.refresh_from_db()
    other.refresh_from_db()
    assert (own.status, other.status) == (InvoiceStatus.OPEN, InvoiceStatus.DRAFT)


def test_another_engine_of_the_brand_is_asked() -> None:
    german_rate()
    draft = waiting()
    Customer.objects.filter(pk=draft.customer_id).update(country="DE")

    update_brand(brand_id=draft.brand_id, changes={"accent_color": "#101010"}, at=STARTED_AT)
    assert settle() == 0
    update_brand(brand_id=draft.brand_id, changes={"tax_id": "DE811907980"}, at=STARTED_AT)
    assert settle() == 1

    draft.refresh_from_db()
    assert draft.status == InvoiceStatus.OPEN


def test_a_draft_that_also_waits_for_late_usage_is_left_until_then() -> None:
    german_rate()
    draft = waiting()
    Invoice.objects.filter(pk=draft.pk).update(tax_facts={})

    change(draft, country="DE")

    assert settle() == 0
    draft.refresh_from_db()
    assert draft.status == InvoiceStatus.DRAFT


def test_what_happened_is_left_behind_though_nothing_waits() -> None:
    update_customer(customer_id=make_customer().pk, changes={"country": "FR"}, at=STARTED_AT)

    assert settle() == 0

    assert OutboxPosition.objects.get(reader="billing.taxes").seq == last_seq() > 0
