from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction

from apps.audit.services.record import record_event
from apps.customers.models import Customer
from apps.invoices.models import Invoice
from apps.invoices.services.apply_payment import apply_payment
from apps.ledger.services.post import Leg, post_transaction
from apps.payments.enums import ReceiptMethod
from apps.payments.errors import ReceivedPaymentRefused
from apps.payments.models import ReceivedPayment, ReceivedPaymentPart
from apps.payments.services.open_attempt import PAYABLE
from apps.wallets.enums import MovementKind
from apps.wallets.services.credit import credit_balance

REFERENCE_ONCE = "payments_received_reference_once"


@dataclass(frozen=True, slots=True)
class Received:
    """Money that came: minor units of `currency`; `reference` is the bank's, kept once for a customer."""

    amount_minor: int
    currency: str
    method: ReceiptMethod
    reference: str


@transaction.atomic
def receive_payment(
    *, customer: Customer, invoices: Sequence[Invoice], received: Received, at: datetime
) -> ReceivedPayment:
    """Count money that came without a gateway toward invoices that the caller holds, in their order.

    Each is paid as far as the money goes; what is left goes to the customer's balance. Books bank against
    receivable, once for all. `at` is the customer's time.

    Raises:
        ReceivedPaymentRefused: nothing came, an invoice is not this customer's, not of this currency or owes
            nothing, or the reference was written down before (409).
    """
    _check(customer, invoices, received)
    payment = _write(customer, received, at)
    _post(payment, at)
    left = received.amount_minor
    for invoice in invoices:
        paid = min(left, invoice.due_minor)
        if paid:
            ReceivedPaymentPart.objects.create(payment=payment, invoice=invoice, amount_minor=paid)
            apply_payment(invoice_id=invoice.pk, amount_minor=paid, at=at, payment_id=payment.public_id)
        left -= paid
    record_event(
        name="payment.received",
        subject=payment,
        at=at,
        data={
            "invoices": [invoice.public_id for invoice in invoices],
            "amount_minor": received.amount_minor,
            "to_balance_minor": left,
            "currency": received.currency,
            "method": received.method.value,
        },
    )
    if left:
        _keep_rest(payment, left, at)
    return payment


def _check(customer: Customer, invoices: Sequence[Invoice], received: Received) -> None:
    if received.amount_minor <= 0:
        raise ReceivedPaymentRefused("An amount that came is above zero.", field="amount")
    for invoice in invoices:
        if (invoice.customer_id, invoice.currency) != (customer.pk, received.currency):
            raise ReceivedPaymentRefused(
                f"Invoice {invoice} is not one of {customer} in {received.currency}.", field="invoices"
            )
        if invoice.status not in PAYABLE or invoice.due_minor <= 0:
            raise ReceivedPaymentRefused(f"Invoice {invoice} has nothing to pay.", field="invoices")


def _write(customer: Customer, received: Received, at: datetime) -> ReceivedPayment:
    try:
        with transaction.atomic():
            return ReceivedPayment.objects.create(
                brand_id=customer.brand_id,
                livemode=customer.livemode,
                customer=customer,
                method=received.method,
                reference=received.reference,
                amount_minor=received.amount_minor,
                currency=received.currency,
                received_at=at,
            )
    except IntegrityError as error:
        if REFERENCE_ONCE not in str(error):
            raise
        raise ReceivedPaymentRefused(
            f"{received.reference} was written down before.", field="reference"
        ) from error


def _post(payment: ReceivedPayment, at: datetime) -> None:
    post_transaction(
        key=f"received_payment:{payment.public_id}",
        brand_id=payment.brand_id,
        livemode=payment.livemode,
        at=at,
        kind="received_payment",
        reference=("received_payment", payment.public_id),
        customer_id=payment.customer_id,
        legs=[
            Leg("bank", payment.amount_minor, payment.currency),
            Leg("receivable", -payment.amount_minor, payment.currency),
        ],
    )


def _keep_rest(payment: ReceivedPayment, left_minor: int, at: datetime) -> None:
    credit_balance(
        customer=payment.customer,
        currency=payment.currency,
        amount_minor=left_minor,
        kind=MovementKind.OVERPAYMENT,
        reference=("received_payment", payment.public_id),
        key=f"received_payment:{payment.public_id}",
        at=at,
    )
