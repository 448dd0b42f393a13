"""Drafts that waited for their tax get their numbers, and use up coupons, in the order they were made in."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

from apps.billing.services.clocks.advance_clock import advance_clock
from apps.billing.services.run.bill_customer import bill_customer
from apps.billing.services.run.finalize_due import finalize_asked, finalize_due
from apps.billing.services.run.finalize_waiting import finalize_waiting
from apps.billing.services.subscriptions.cancel import cancel_now
from apps.customers.models import Customer
from apps.customers.services.update_customer import update_customer
from apps.invoices.enums import InvoiceStatus
from apps.invoices.models import Invoice
from apps.invoices.services.finalize import finalize_invoice
from apps.promos.services.redeem import redeem_coupon
from apps.taxes.models import TaxRate
from tests.factories.billing import REAL_TIME, STARTED_AT, subscribe_to, utc
from tests.factories.customers import make_brand, make_customer, make_test_clock
from tests.factories.invoices import make_draft, make_line
from tests.factories.promos import make_percent_coupon
from tests.factories.taxes import make_registration
from tests.fixtures.gateway import GatewaySandbox

LATER = STARTED_AT + timedelta(days=65)


def nowhere(**overrides: object) -> Customer:
    """A customer whose country nobody knows, of a brand that collects German VAT."""
    brand = make_brand(country="DE", default_time_zone="UTC")
    make_registration(brand, "DE")
    TaxRate.objects.get_or_create(
        country="DE",
        tax_code="standard",
        valid_from=date(2021, 1, 1),
        defaults={"percent": Decimal(19), "created_at": STARTED_AT},
    )
    return make_customer(brand=brand, country="", **overrides)


def draft_of(customer: Customer, at: datetime = STARTED_AT, **line: object) -> Invoice:
    draft = make_draft([make_line(10000, tax_code="standard", **line)], customer=customer)
    Invoice.objects.filter(pk=draft.pk).update(created_at=at)
    return finalize_invoice(invoice_id=draft.pk, at=at)


def german(customer: Customer) -> None:
    """As the customer may be before any worker has looked."""
    Customer.objects.filter(pk=customer.pk).update(country="DE")


def in_order() -> list[tuple[str, int]]:
    """(status, discount in minor units) of invoices by their numbers, then of drafts."""
    return list(Invoice.objects.order_by("number", "pk").values_list("status", "discount_minor"))


@pytest.mark.django_db
def test_drafts_of_a_clock_use_a_coupon_in_the_order_of_their_periods() -> None:
    customer = nowhere()
    clock = make_test_clock(brand=customer.brand, now_at=STARTED_AT)
    Customer.objects.filter(pk=customer.pk).update(test_clock=clock)
    customer.refresh_from_db()
    coupon = make_percent_coupon("50", brand=customer.brand, duration="repeating", invoices=2)
    redeem_coupon(customer=customer, code=coupon.code, at=STARTED_AT)
    subscribe_to(customer=customer, at=STARTED_AT, card=False, collection_method="send_invoice")
    advance_clock(clock_id=clock.pk, to=LATER)
    assert [status for status, _ in in_order()] == ["draft"] * 3

    update_customer(customer_id=customer.pk, changes={"country": "DE"}, at=LATER)
    advance_clock(clock_id=clock.pk, to=LATER + timedelta(days=5))

    made = list(Invoice.objects.order_by("pk"))
    assert [invoice.discount_minor for invoice in made] == [1450, 1450, 0]
    assert [invoice.number for invoice in made] == sorted(str(invoice.number) for invoice in made)


@pytest.mark.django_db
def test_draft_that_is_issued_lets_older_ones_go_first() -> None:
    customer = nowhere()
    coupon = make_percent_coupon("50", brand=customer.brand)
    redeem_coupon(customer=customer, code=coupon.code, at=STARTED_AT)
    # Made earlier than the key tells.
    second, first = draft_of(customer, at=LATER), draft_of(customer)
    german(customer)

    finalize_waiting(invoice_id=second.pk, at=LATER)

    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.status, first.discount_minor, first.total_minor) == (InvoiceStatus.OPEN, 5000, 5950)
    assert (second.status, second.discount_minor, second.total_minor) == (InvoiceStatus.OPEN, 0, 11900)
    assert str(first.number) < str(second.number)


@pytest.mark.django_db
def test_draft_without_an_answer_leaves_older_ones_alone() -> None:
    customer = nowhere()
    first, second = draft_of(customer), draft_of(customer, at=LATER)

    finalize_waiting(invoice_id=second.pk, at=LATER)

    tried_again_at = first.finalize_at
    first.refresh_from_db()
    assert (first.status, first.finalize_at) == (InvoiceStatus.DRAFT, tried_again_at)


@pytest.mark.django_db
def test_older_draft_that_still_lacks_an_answer_holds_up_nothing() -> None:
    customer = nowhere()
    # Of a time whose rate nobody knows.
    first = draft_of(customer, period_starts_at=utc(2020, 3, 1), period_ends_at=utc(2020, 4, 1))
    second = draft_of(customer, at=LATER)
    german(customer)

    assert finalize_due(scope=REAL_TIME, at=LATER + timedelta(days=1)) == 2

    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.status, second.status) == (InvoiceStatus.DRAFT, InvoiceStatus.OPEN)


@pytest.mark.django_db
def test_next_bill_comes_after_what_waited() -> None:
    customer = nowhere()
    subscription = subscribe_to(customer=customer, at=STARTED_AT).subscription
    german(customer)
    due_at = subscription.next_bill_at
    assert due_at is not None

    billed = bill_customer(customer_id=customer.pk, at=due_at)

    assert [(invoice.status, invoice.created_at) for invoice in billed] == [
        (InvoiceStatus.OPEN, STARTED_AT),
        (InvoiceStatus.OPEN, due_at),
    ]
    assert str(billed[0].number) < str(billed[1].number)


@pytest.mark.django_db
def test_bill_of_a_customer_whose_drafts_wait_on_names_its_own_alone() -> None:
    customer = nowhere()
    subscription = subscribe_to(customer=customer, at=STARTED_AT).subscription

    billed = cancel_now(subscription_id=subscription.pk, reason="other", comment="", at=LATER)

    drafts = list(Invoice.objects.order_by("pk"))
    assert [draft.status for draft in drafts] == ["draft"] * 3
    assert billed == drafts[1:]


@pytest.mark.real_commits
def test_tax_service_is_asked_about_older_drafts_first(gateway: GatewaySandbox) -> None:
    customer = make_customer(brand=make_brand(tax_engine="stripe"), country="FR")
    coupon = make_percent_coupon("50", brand=customer.brand, duration="repeating", invoices=2)
    redeem_coupon(customer=customer, code=coupon.code, at=STARTED_AT)
    drafts = [draft_of(customer, at=STARTED_AT + timedelta(hours=hour)) for hour in range(3)]

    finalize_asked(invoice_id=drafts[2].pk, at=LATER)

    # The third was asked about half of its price, and once more about all of it.
    assert in_order() == [("open", 5000), ("open", 5000), ("open", 0)]
    made = Invoice.objects.order_by("number")
    assert [invoice.pk for invoice in made] == [draft.pk for draft in drafts]
    assert [invoice.total_minor for invoice in made] == [6000, 6000, 12000]
