from __future__ import annotations

import itertools
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction

from apps.accounts.enums import ZeroInvoicePolicy
from apps.customers.models import Customer
from apps.invoices.enums import InvoiceStatus, SeriesKind
from apps.invoices.errors import InvoiceRefused
from apps.invoices.models import Invoice, NumberSeries
from apps.invoices.services.draft import InvoiceTerms, draft_invoice
from apps.invoices.services.finalize import finalize_invoice
from apps.invoices.services.next_number import next_number
from apps.ledger.models import Entry
from tests.factories.billing import subscribe_to, utc
from tests.factories.customers import make_brand, make_customer
from tests.factories.plans import make_free_plan, make_plan

AT = utc(2026, 2, 1, 8)


def empty_draft(customer: Customer, net_terms_days: int = 0) -> Invoice:
    terms = InvoiceTerms(currency="EUR", net_terms_days=net_terms_days)
    return draft_invoice(customer=customer, terms=terms, charges=[], at=AT).invoice


@pytest.mark.django_db
def test_finalized_invoice_copies_seller_and_buyer_as_they_are() -> None:
    customer = make_customer(name="Grace Hopper", city="Arlington", postal_code="22201")
    (invoice,) = subscribe_to(customer=customer).invoices

    Customer.objects.filter(pk=customer.pk).update(name="Someone Else")

    invoice.refresh_from_db()
    assert invoice.buyer["name"] == "Grace Hopper"
    assert invoice.buyer["address"] == ["22201 Arlington", "DE"]
    assert invoice.seller["legal_name"] == customer.brand.legal_name


@pytest.mark.django_db
def test_finalizing_twice_is_refused_and_spends_no_number() -> None:
    (invoice,) = subscribe_to().invoices
    spent = NumberSeries.objects.get(kind="invoice").next_value

    with pytest.raises(InvoiceRefused):
        finalize_invoice(invoice_id=invoice.pk, at=AT)

    assert NumberSeries.objects.get(kind="invoice").next_value == spent


@pytest.mark.django_db
def test_due_date_follows_the_terms() -> None:
    brand = make_brand(zero_invoice_policy=ZeroInvoicePolicy.ISSUE)
    invoice = finalize_invoice(invoice_id=empty_draft(make_customer(brand=brand), 30).pk, at=AT)

    assert invoice.due_at == utc(2026, 3, 3, 8)


@pytest.mark.django_db
def test_zero_total_is_closed_without_number_by_default() -> None:
    (invoice,) = subscribe_to(make_free_plan(), card=False).invoices

    assert (invoice.status, invoice.number) == (InvoiceStatus.CLOSED, None)
    assert not NumberSeries.objects.exists()
    assert not Entry.objects.exists()


@pytest.mark.django_db
def test_zero_total_is_issued_and_paid_where_the_brand_says_so() -> None:
    brand = make_brand(zero_invoice_policy=ZeroInvoicePolicy.ISSUE, invoice_prefix="ACME")
    (invoice,) = subscribe_to(make_free_plan(), customer=make_customer(brand=brand), card=False).invoices

    assert (invoice.status, invoice.number) == (InvoiceStatus.PAID, "ACME-TEST-000001")


@pytest.mark.django_db
def test_test_mode_and_live_mode_number_apart() -> None:
    brand = make_brand(invoice_prefix="ACME")

    numbers = [
        next_number(brand=brand, livemode=livemode, kind=SeriesKind.INVOICE, at=AT)[1]
        for livemode in (True, False, True)
    ]

    assert numbers == ["ACME-000001", "ACME-TEST-000001", "ACME-000002"]


@pytest.mark.django_db
def test_fee_in_advance_is_deferred_revenue() -> None:
    subscribe_to(make_plan())

    booked = {entry.account.code: entry.amount_minor for entry in Entry.objects.select_related("account")}

    assert booked == {"receivable": 2900, "deferred_revenue": -2900}


def finalize_or_abort(job: tuple[int, bool]) -> None:
    invoice_id, aborts = job
    try:
        with transaction.atomic():
            finalize_invoice(invoice_id=invoice_id, at=AT)
            transaction.set_rollback(aborts)
    finally:
        connection.close()


@pytest.mark.real_commits
def test_numbers_have_no_gap_and_no_double_under_threads_that_abort() -> None:
    brand = make_brand(zero_invoice_policy=ZeroInvoicePolicy.ISSUE)
    customer = make_customer(brand=brand)
    drafts = [empty_draft(customer) for _ in range(60)]
    aborts = itertools.cycle([True, False, False, False, False])

    with ThreadPoolExecutor(12) as pool:
        list(pool.map(finalize_or_abort, zip((d.pk for d in drafts), aborts, strict=False)))

    numbers = Invoice.objects.filter(number__isnull=False).values_list("number", flat=True)
    assert sorted(int(str(n).rsplit("-", 1)[1]) for n in numbers) == list(range(1, 49))
