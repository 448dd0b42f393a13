from __future__ import annotations

from datetime import datetime

from django.db import transaction

from apps.billing.services.collection.collect import collect_invoice
from apps.billing.services.collection.move_case import lock_customer
from apps.billing.services.collection.retry_collections import make_collections_due, retry_collections
from apps.invoices.models import Invoice
from apps.payments.enums import PaymentStatus
from apps.payments.models import Payment, PaymentMethod
from apps.payments.services.finish_setup import finish_setup


def pay_invoice(*, invoice: Invoice, at: datetime, setup_id: str = "") -> Payment:
    """Charge an invoice while the customer is there: with the card just saved, or else the default one.

    A new card that works also pays what else is unpaid. `at` is the customer's time. Must not be called
    inside a transaction.

    Raises:
        PaymentMethodRefused: no card was saved (402).
        NothingDue, PaymentMethodMissing, PaymentInProgress: see `collect_invoice` (409).
        GatewayUnreachable: the gateway did not answer about the card (503).
    """
    method: PaymentMethod | None = None
    if setup_id:
        method = finish_setup(customer=invoice.customer, setup_id=setup_id, at=at)
    payment = collect_invoice(invoice_id=invoice.pk, at=at, off_session=False, method=method)
    if method is not None and payment.status == PaymentStatus.SUCCEEDED:
        _charge_the_rest(invoice.customer_id, at)
    return payment


def _charge_the_rest(customer_id: int, at: datetime) -> None:
    with transaction.atomic(durable=True):
        lock_customer(customer_id=customer_id)
        case_ids = make_collections_due(customer_id=customer_id, at=at)
    retry_collections(case_ids=case_ids, at=at)
