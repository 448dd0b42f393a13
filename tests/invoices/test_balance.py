"""What an invoice takes from the customer's balance, and what it gives."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from apps.accounts.enums import BalanceUse
from apps.audit.models import Event
from apps.customers.models import Customer
from apps.invoices.enums import DocumentKind, InvoiceStatus
from apps.invoices.errors import InvoiceRefused
from apps.invoices.models import Invoice
from apps.invoices.services.apply_balance import apply_balance
from apps.invoices.services.finalize import finalize_invoice
from apps.invoices.services.void import void_invoice
from apps.invoices.snapshot import document_snapshot
from apps.ledger.selectors import account_balance, imbalance, trial_balance
from apps.wallets.enums import MovementKind
from apps.wallets.selectors import balance_of, movements_of
from apps.wallets.services.adjust import adjust_balance
from tests.factories.billing import STARTED_AT, utc
from tests.factories.customers import make_brand, make_customer
from tests.factories.invoices import issue_invoice, make_draft, make_line

AT = utc(2026, 2, 10)


def customer_with(balance: int, **brand: str) -> Customer:
    customer = make_customer(brand=make_brand(**brand))
    if balance:
        adjust_balance(customer=customer, currency="EUR", amount_minor=balance, note="Gift", at=STARTED_AT)
    return customer


def receivable(customer: Customer) -> int:
    totals = trial_balance(brand_id=customer.brand_id, livemode=False)
    assert imbalance(totals) == {}
    return account_balance(
        brand_id=customer.brand_id,
        livemode=False,
        account_code="receivable",
        currency="EUR",
        customer_id=customer.pk,
    )


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("balance", "applied", "due", "status"),
    [
        (0, 0, 1000, InvoiceStatus.OPEN),
        (400, 400, 600, InvoiceStatus.OPEN),
        (1000, 1000, 0, InvoiceStatus.PAID),
        (1500, 1000, 0, InvoiceStatus.PAID),
    ],
)
def test_finalized_invoice_takes_the_balance(
    balance: int, applied: int, due: int, status: InvoiceStatus
) -> None:
    customer = customer_with(balance)

    invoice = issue_invoice(1000, customer=customer)

    assert (invoice.total_minor, invoice.balance_applied_minor, invoice.due_minor) == (1000, applied, due)
    assert (invoice.status, balance_of(customer.pk, "EUR")) == (status, balance - applied)
    assert (invoice.paid_at == STARTED_AT) is (due == 0)
    assert Event.objects.filter(name="invoice.paid").exists() is (due == 0)
    assert receivable(customer) == due


@pytest.mark.django_db
def test_balance_is_left_alone_where_the_brand_or_the_caller_says_so() -> None:
    by_hand = customer_with(400, balance_use=BalanceUse.MANUAL)
    spared = customer_with(400)

    first = issue_invoice(1000, customer=by_hand)
    draft = make_draft([make_line(1000)], customer=spared)
    second = finalize_invoice(invoice_id=draft.pk, at=AT, use_balance=False)

    assert (first.due_minor, second.due_minor) == (1000, 1000)
    assert (balance_of(by_hand.pk, "EUR"), balance_of(spared.pk, "EUR")) == (400, 400)


@pytest.mark.django_db
def test_balance_is_applied_by_hand_once_a_key() -> None:
    customer = customer_with(400, balance_use=BalanceUse.MANUAL)
    invoice = issue_invoice(1000, customer=customer)

    some = apply_balance(invoice_id=invoice.pk, key="a", at=AT, up_to_minor=150)
    again = apply_balance(invoice_id=invoice.pk, key="a", at=AT, up_to_minor=150)
    rest = apply_balance(invoice_id=invoice.pk, key="b", at=AT)

    assert [i.balance_applied_minor for i in (some, again, rest)] == [150, 150, 400]
    assert (rest.status, rest.due_minor) == (InvoiceStatus.OPEN, 600)
    adjust_balance(customer=customer, currency="EUR", amount_minor=900, note="Gift", at=AT)
    paid = apply_balance(invoice_id=invoice.pk, key="c", at=AT)
    assert (paid.status, paid.paid_at, balance_of(customer.pk, "EUR")) == (InvoiceStatus.PAID, AT, 300)
    with pytest.raises(InvoiceRefused):
        apply_balance(invoice_id=invoice.pk, key="d", at=AT)


@pytest.mark.django_db
def test_negative_total_goes_to_the_balance() -> None:
    customer = customer_with(0)

    invoice = issue_invoice(3000, -4200, customer=customer)

    assert (invoice.subtotal_minor, invoice.total_minor, invoice.balance_credited_minor) == (-1200, 0, 1200)
    assert (invoice.status, invoice.due_minor) == (InvoiceStatus.PAID, 0)
    # It moves money, so it is issued even where the brand closes what costs nothing.
    assert invoice.number is not None
    (movement,) = movements_of(customer.pk)
    assert (movement.kind, movement.amount_minor) == (MovementKind.NEGATIVE_TOTAL, 1200)
    assert movement.reference_id == invoice.public_id
    assert receivable(customer) == 0


@pytest.mark.django_db
def test_lines_that_cancel_out_are_issued_with_a_number_and_move_no_balance() -> None:
    customer = customer_with(500)

    invoice = issue_invoice(3000, -3000, customer=customer)

    assert invoice.status == InvoiceStatus.PAID
    assert invoice.number is not None
    assert balance_of(customer.pk, "EUR") == 500


@pytest.mark.django_db
def test_progressive_credit_reduces_total_and_revenue() -> None:
    customer = customer_with(0)
    draft = make_draft([make_line(3000)], customer=customer)
    Invoice.objects.filter(pk=draft.pk).update(progressive_credit_minor=1000, total_minor=2000)

    invoice = finalize_invoice(invoice_id=draft.pk, at=AT)

    totals = trial_balance(brand_id=customer.brand_id, livemode=False)
    assert {t.account_code: t.balance_minor for t in totals} == {"receivable": 2000, "revenue": -2000}
    assert invoice.due_minor == 2000


@pytest.mark.django_db
def test_void_gives_the_balance_back() -> None:
    customer = customer_with(400)
    invoice = issue_invoice(1000, customer=customer)

    void_invoice(invoice_id=invoice.pk, at=AT, reason="wrong")

    assert balance_of(customer.pk, "EUR") == 400
    newest = movements_of(customer.pk).first()
    assert newest is not None
    assert (newest.kind, newest.amount_minor) == (MovementKind.APPLIED_BACK, 400)
    assert receivable(customer) == 0


@pytest.mark.django_db
def test_invoice_document_shows_what_was_applied_at_issue_only() -> None:
    customer = customer_with(400)
    invoice = issue_invoice(1000, customer=customer)
    adjust_balance(customer=customer, currency="EUR", amount_minor=100, note="Gift", at=AT)
    invoice = apply_balance(invoice_id=invoice.pk, key="later", at=AT)

    shown = document_snapshot(invoice, kind=DocumentKind.INVOICE)
    receipt = document_snapshot(invoice, kind=DocumentKind.RECEIPT)

    assert (shown["balance_applied_minor"], shown["amount_due_minor"]) == (400, 600)
    assert (receipt["balance_applied_minor"], receipt["amount_due_minor"]) == (500, 500)


def finalize_in_a_thread(job: tuple[int, Barrier]) -> int:
    invoice_id, barrier = job
    try:
        barrier.wait(10)
        return finalize_invoice(invoice_id=invoice_id, at=AT).balance_applied_minor
    finally:
        connection.close()


@pytest.mark.real_commits
def test_two_finalizations_spend_one_balance_once() -> None:
    customer = customer_with(1000)
    drafts = [make_draft([make_line(800)], customer=customer) for _ in range(6)]
    barrier = Barrier(6)

    with ThreadPoolExecutor(6) as pool:
        applied = list(pool.map(finalize_in_a_thread, [(draft.pk, barrier) for draft in drafts]))

    assert sorted(applied, reverse=True) == [800, 200, 0, 0, 0, 0]
    assert balance_of(customer.pk, "EUR") == 0
    assert receivable(customer) == 6 * 800 - 1000
