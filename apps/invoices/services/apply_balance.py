from __future__ import annotations

from datetime import datetime

from django.db import transaction

from apps.invoices.enums import NEXT, InvoiceStatus
from apps.invoices.errors import InvoiceRefused
from apps.invoices.models import Invoice
from apps.invoices.services.mark_paid import save_reduced
from apps.wallets.selectors import movement_amount
from apps.wallets.services.spend import spend_balance


@transaction.atomic
def apply_balance(*, invoice_id: int, key: str, at: datetime, up_to_minor: int | None = None) -> Invoice:
    """Pay an issued invoice from the customer's balance, as far as it goes and at most `up_to_minor`.

    Minor units of the invoice's currency; the same `key` again applies nothing. Paid once nothing is due.

    Raises:
        InvoiceRefused: it is not open or uncollectible (409).
    """
    invoice = Invoice.objects.select_for_update(of=("self",)).select_related("customer").get(pk=invoice_id)
    if InvoiceStatus.PAID not in NEXT[InvoiceStatus(invoice.status)]:
        raise InvoiceRefused(f"Invoice {invoice} is {invoice.status} and takes no balance.")
    before = invoice.balance_applied_minor
    limit = invoice.due_minor if up_to_minor is None else min(up_to_minor, invoice.due_minor)
    movement_key = f"invoice:{invoice.public_id}:applied:{key}"
    if movement_amount(movement_key):
        return invoice
    invoice.balance_applied_minor = before + spend_balance(
        customer=invoice.customer,
        currency=invoice.currency,
        up_to_minor=limit,
        reference=("invoice", invoice.public_id),
        key=movement_key,
        at=at,
    )
    applied = invoice.balance_applied_minor - before
    if applied:
        save_reduced(
            invoice=invoice, reduced="balance_applied_minor", by_minor=applied, cause=f"balance:{key}", at=at
        )
    return invoice
