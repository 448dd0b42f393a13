"""One bank transfer pays several invoices, oldest first, and what is too much is the customer's."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest

from apps.audit.models import Event
from apps.billing.enums import CollectionStatus
from apps.billing.models import CollectionCase
from apps.billing.services.collection.open_collection import open_collection
from apps.billing.services.collection.record_received import record_received
from apps.customers.models import Customer
from apps.invoices.enums import InvoiceStatus
from apps.invoices.models import Invoice
from apps.ledger.selectors import trial_balance
from apps.payments.enums import ReceiptMethod
from apps.payments.errors import ReceivedPaymentRefused
from apps.payments.models import ReceivedPayment
from apps.payments.receipts import payments_shown
from apps.payments.services.open_attempt import open_attempt
from apps.payments.services.receive_payment import Received
from apps.wallets.selectors import balance_of
from tests.factories.billing import STARTED_AT, make_card
from tests.factories.customers import make_customer
from tests.factories.invoices import issue_invoice

pytestmark = pytest.mark.django_db


def issued(customer: Customer, *amounts: int) -> list[Invoice]:
    """Invoices a day apart, the youngest first, each being collected."""
    invoices = [
        issue_invoice(amount, customer=customer, at=STARTED_AT + timedelta(days=day))
        for day, amount in enumerate(amounts)
    ]
    for invoice in invoices:
        open_collection(invoice=invoice, at=STARTED_AT)
    return invoices[::-1]


def receive(
    customer: Customer, invoices: Sequence[Invoice], amount_minor: int, reference: str = "NOTPROVIDED 17"
) -> ReceivedPayment:
    return record_received(
        customer=customer,
        invoice_ids=[invoice.pk for invoice in invoices],
        received=Received(amount_minor, "EUR", ReceiptMethod.BANK_TRANSFER, reference),
        at=STARTED_AT,
    )


def states(invoices: Sequence[Invoice]) -> list[tuple[str, int]]:
    return [
        (invoice.status, invoice.due_minor)
        for invoice in Invoice.objects.filter(pk__in=[each.pk for each in invoices]).order_by("finalized_at")
    ]


def books(customer: Customer) -> dict[str, int]:
    rows = trial_balance(brand_id=customer.brand_id, livemode=False)
    return {row.account_code: row.balance_minor for row in rows if row.balance_minor}


def test_several_are_paid_oldest_first_as_far_as_the_money_goes() -> None:
    customer = make_customer()
    invoices = issued(customer, 1000, 2000, 3000)

    payment = receive(customer, invoices, 2500)

    assert states(invoices) == [
        (InvoiceStatus.PAID, 0),
        (InvoiceStatus.OPEN, 500),
        (InvoiceStatus.OPEN, 3000),
    ]
    assert [part.amount_minor for part in payment.parts.order_by("pk")] == [1000, 1500]
    statuses = CollectionCase.objects.order_by("invoice__finalized_at").values_list("status", flat=True)
    assert list(statuses) == [CollectionStatus.SETTLED, CollectionStatus.DUE, CollectionStatus.DUE]
    assert books(customer) == {"bank": 2500, "receivable": 3500, "revenue": -6000}


def test_what_is_too_much_goes_to_the_balance() -> None:
    customer = make_customer()
    invoices = issued(customer, 1000, 2000)

    receive(customer, invoices, 3700)

    assert states(invoices) == [(InvoiceStatus.PAID, 0), (InvoiceStatus.PAID, 0)]
    assert balance_of(customer.pk, "EUR") == 700
    assert books(customer) == {"bank": 3700, "customer_credit": -700, "revenue": -3000}
    event = Event.objects.get(name="payment.received")
    assert (event.data["amount_minor"], event.data["to_balance_minor"]) == (3700, 700)


def test_money_without_an_invoice_goes_to_the_balance() -> None:
    customer = make_customer()

    receive(customer, [], 500)

    assert balance_of(customer.pk, "EUR") == 500


def test_receipt_names_the_transfer() -> None:
    customer = make_customer()
    (invoice,) = issued(customer, 1000)

    receive(customer, [invoice], 1000)

    (shown,) = payments_shown(invoice)
    assert (shown.amount_minor, shown.method) == (1000, "Bank transfer")


def test_reference_that_was_written_down_is_refused_and_pays_nothing() -> None:
    customer = make_customer()
    invoices = issued(customer, 1000, 2000)
    receive(customer, invoices[1:], 1000)

    with pytest.raises(ReceivedPaymentRefused) as refused:
        receive(customer, invoices[:1], 2000)

    assert refused.value.field == "reference"
    assert states(invoices) == [(InvoiceStatus.PAID, 0), (InvoiceStatus.OPEN, 2000)]


def test_one_invoice_that_takes_no_money_refuses_all() -> None:
    customer = make_customer()
    invoices = issued(customer, 1000, 2000)
    receive(customer, invoices[1:], 1000, "first")

    with pytest.raises(ReceivedPaymentRefused):
        receive(customer, invoices, 3000, "second")

    assert states(invoices) == [(InvoiceStatus.PAID, 0), (InvoiceStatus.OPEN, 2000)]
    assert ReceivedPayment.objects.count() == 1


def test_invoice_of_somebody_else_is_refused() -> None:
    customer = make_customer()
    other = issued(make_customer(brand=customer.brand), 1000)

    with pytest.raises(ReceivedPaymentRefused) as refused:
        receive(customer, other, 1000)

    assert refused.value.field == "invoices"


def test_invoice_that_is_being_charged_is_refused() -> None:
    customer = make_customer()
    invoices = issued(customer, 1000, 2000)
    card = make_card(customer)
    open_attempt(invoice_id=invoices[0].pk, at=STARTED_AT, sent_at=STARTED_AT, method=card)

    with pytest.raises(ReceivedPaymentRefused) as refused:
        receive(customer, invoices, 3000)

    assert "is under way" in refused.value.message
    assert states(invoices) == [(InvoiceStatus.OPEN, 1000), (InvoiceStatus.OPEN, 2000)]
