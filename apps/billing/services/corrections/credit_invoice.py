from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from apps.billing.services.collection.close_collection import close_collection
from apps.billing.services.collection.move_case import lock_case, lock_customer
from apps.billing.services.refunds.refund_credit_note import refund_credit_note
from apps.invoices.enums import CreditReason, Disposition
from apps.invoices.errors import InvoiceRefused
from apps.invoices.models import CreditNote, Invoice
from apps.invoices.services.credit import issue_credit_note
from apps.invoices.services.lock import lock_invoice
from apps.invoices.services.plan_credit import CreditItem
from apps.payments.selectors import open_payment_of


@transaction.atomic
def credit_invoice(
    *,
    invoice_id: int,
    items: Sequence[CreditItem],
    reason: CreditReason,
    disposition: Disposition,
    at: datetime,
    memo: str = "",
) -> CreditNote | None:
    """Issue a credit note, and stop collecting an invoice of which nothing is due any more.

    What it promises to refund is asked of the invoice's payments, and sent once this has committed.

    `at` is the customer's time. None where the items come to nothing.

    Raises:
        CreditRefused: see `plan_credit` (409).
        InvoiceRefused: a payment is under way that would bring more than is due after it (409).
    """
    customer_id = Invoice.objects.only("customer_id").get(pk=invoice_id).customer_id
    lock_customer(customer_id=customer_id)
    case = lock_case(invoice_id=invoice_id)
    # From here on no attempt can be opened; one that was opened before charges what was due then.
    lock_invoice(invoice_id=invoice_id)
    if disposition != Disposition.BALANCE and open_payment_of(invoice_id) is not None:
        raise InvoiceRefused(
            "A payment of this invoice is under way: credit it when that has come to an end."
        )
    note = issue_credit_note(
        invoice_id=invoice_id, items=items, reason=reason, disposition=disposition, memo=memo, at=at
    )
    if note is not None and note.offset_minor:
        close_collection(invoice=Invoice.objects.get(pk=invoice_id), case=case, at=at)
    if note is not None and note.refund_minor:
        refund_credit_note(note=note, at=at)
    return note
