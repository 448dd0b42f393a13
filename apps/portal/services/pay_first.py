from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from apps.billing.selectors import pay_token
from apps.billing.services.collection.collect import collect_invoice
from apps.billing.services.subscriptions.subscribe import Subscribed
from apps.invoices.enums import InvoiceStatus
from apps.invoices.models import Invoice
from apps.payments.enums import PaymentStatus
from apps.payments.errors import NothingDue, PaymentInProgress
from apps.subscriptions.enums import CollectionMethod


@dataclass(frozen=True, slots=True)
class Unpaid:
    """A first invoice that still needs the customer, with the token of its pay page."""

    invoice: Invoice
    token: str


def pay_first_invoices(*, subscribed: Subscribed, at: datetime) -> Unpaid | None:
    """Charge the invoices of a new subscription with the customer there; the first that is not paid by that.

    `at` is the customer's time. Must not be called inside a transaction.
    """
    for invoice in subscribed.invoices:
        if _is_charged(invoice) and not _is_paid(invoice, at):
            return Unpaid(invoice, pay_token(invoice))
    return None


def _is_charged(invoice: Invoice) -> bool:
    automatic = invoice.collection_method == CollectionMethod.CHARGE_AUTOMATICALLY
    return automatic and invoice.status == InvoiceStatus.OPEN and invoice.due_minor > 0


def _is_paid(invoice: Invoice, at: datetime) -> bool:
    try:
        payment = collect_invoice(invoice_id=invoice.pk, at=at, off_session=False)
    except NothingDue:
        # A worker or the gateway's message was quicker.
        return True
    except PaymentInProgress:
        return False
    return payment.status == PaymentStatus.SUCCEEDED
