from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Max

from apps.core.public_ids import new_public_id
from apps.invoices.enums import InvoiceStatus
from apps.invoices.models import Invoice
from apps.invoices.services.lock import lock_invoice
from apps.payments.enums import PaymentMethodStatus
from apps.payments.errors import NetworkCapReached, NothingDue, PaymentInProgress, PaymentMethodMissing
from apps.payments.models import Payment, PaymentMethod
from apps.payments.network_caps import MOST_ATTEMPTS, WINDOW, declines_within_window
from apps.payments.selectors import default_method

ONE_OPEN = "payments_payment_one_open"
PAYABLE = (InvoiceStatus.OPEN, InvoiceStatus.UNCOLLECTIBLE)


@transaction.atomic
def open_attempt(
    *,
    invoice_id: int,
    at: datetime,
    sent_at: datetime,
    method: PaymentMethod | None = None,
    off_session: bool = True,
) -> Payment:
    """Write down that all of what an invoice owes is about to be charged, with the key of the charge.

    `at` is the customer's time, `sent_at` real time. The caller commits, and only then calls `send_attempt`:
    after a crash the row says what may have been asked of the gateway. Without `method` the default one is
    charged.

    Raises:
        NothingDue: the invoice is not open, or nothing is left to pay (409).
        PaymentMethodMissing: there is no such usable method (409).
        PaymentInProgress: an earlier attempt has not come to an end (409).
        NetworkCapReached: the card has declined this amount 15 times in 30 days, without the customer (409).
    """
    invoice = lock_invoice(invoice_id=invoice_id)
    if invoice.status not in PAYABLE or invoice.due_minor <= 0:
        raise NothingDue(f"Invoice {invoice} has nothing to pay.")
    method = method or default_method(invoice.customer_id)
    usable = method is not None and method.status == PaymentMethodStatus.ACTIVE
    if method is None or not usable or method.customer_id != invoice.customer_id:
        raise PaymentMethodMissing("There is no payment method to charge.")
    if off_session:
        _check_cap(invoice, method, at)
    payment = _new_payment(invoice, method, at=at, sent_at=sent_at, off_session=off_session)
    try:
        with transaction.atomic():
            payment.save(force_insert=True)
    except IntegrityError as error:
        # Not a look beforehand but the unique index decides: it also holds between processes.
        if ONE_OPEN not in str(error):
            raise
        raise PaymentInProgress(f"A payment of invoice {invoice} is under way.") from error
    return payment


def _check_cap(invoice: Invoice, method: PaymentMethod, at: datetime) -> None:
    declines = declines_within_window(
        method=method, amount_minor=invoice.due_minor, currency=invoice.currency, at=at
    )
    if declines >= MOST_ATTEMPTS:
        raise NetworkCapReached(
            f"The card has declined this amount {declines} times in {WINDOW.days} days: card networks allow"
            " no more attempts. Another card, or the customer, can still pay."
        )


def _new_payment(
    invoice: Invoice, method: PaymentMethod, *, at: datetime, sent_at: datetime, off_session: bool
) -> Payment:
    last = Payment.objects.filter(invoice=invoice).aggregate(last=Max("attempt"))["last"] or 0
    public_id = new_public_id("pay")
    return Payment(
        public_id=public_id,
        brand_id=invoice.brand_id,
        livemode=invoice.livemode,
        customer_id=invoice.customer_id,
        invoice=invoice,
        payment_method=method,
        gateway=method.gateway,
        attempt=last + 1,
        # A gateway replays a decline too: the next attempt must not meet this one's answer.
        idempotency_key=f"{public_id}-{last + 1}",
        amount_minor=invoice.due_minor,
        currency=invoice.currency,
        is_off_session=off_session,
        created_at=at,
        sent_at=sent_at,
    )
