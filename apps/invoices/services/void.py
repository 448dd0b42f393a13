from __future__ import annotations

from datetime import datetime

from django.db import transaction

from apps.audit.services.record import record_event
from apps.invoices.enums import NEXT, CreditNoteStatus, InvoiceStatus
from apps.invoices.errors import InvoiceRefused
from apps.invoices.models import Invoice
from apps.invoices.selectors import takes_back
from apps.invoices.services.post_invoice import reverse_invoice
from apps.invoices.services.record_taken_off import give_back_taken_off
from apps.invoices.usage_selectors import bills_closed_period_progressively
from apps.wallets.enums import MovementKind
from apps.wallets.services.credit import credit_balance


@transaction.atomic
def void_invoice(*, invoice_id: int, at: datetime, reason: str) -> Invoice:
    """Cancel an open invoice of which nothing was paid; it keeps its number, its charges become free.

    What was paid from the customer's balance or prepaid credit goes back, and coupons and promotional credit
    are as unused as before.

    Raises:
        InvoiceRefused: it is not open, money came in, a credit note or a later invoice corrects it already,
            or a later one took off what it billed within a period (409).
    """
    invoice = Invoice.objects.select_for_update(of=("self",)).select_related("customer").get(pk=invoice_id)
    if InvoiceStatus.VOID not in NEXT[InvoiceStatus(invoice.status)]:
        raise InvoiceRefused(f"Invoice {invoice} is {invoice.status}; only an open one can be voided.")
    if invoice.paid_minor:
        raise InvoiceRefused(f"Invoice {invoice} was paid in part; a credit note corrects it.")
    if invoice.credit_notes.filter(status=CreditNoteStatus.ISSUED).exists():
        raise InvoiceRefused(f"Invoice {invoice} has a credit note; void that first.")
    _refuse_taken_into_account(invoice)
    invoice.status, invoice.voided_at = InvoiceStatus.VOID, at
    invoice.save(update_fields=["status", "voided_at"])
    invoice.lines.update(voided_at=at)
    reverse_invoice(invoice=invoice, at=at)
    if invoice.balance_applied_minor:
        _give_back(invoice, at)
    give_back_taken_off(invoice=invoice, at=at)
    record_event(name="invoice.voided", subject=invoice, at=at, data={"reason": reason})
    return invoice


def _refuse_taken_into_account(invoice: Invoice) -> None:
    later = takes_back(invoice)
    if later is not None:
        raise InvoiceRefused(f"Invoice {later} has taken back from {invoice}; a credit note corrects it.")
    if bills_closed_period_progressively(invoice):
        raise InvoiceRefused(
            f"The bill of its period has taken off invoice {invoice}; a credit note corrects it."
        )


def _give_back(invoice: Invoice, at: datetime) -> None:
    credit_balance(
        customer=invoice.customer,
        currency=invoice.currency,
        amount_minor=invoice.balance_applied_minor,
        kind=MovementKind.APPLIED_BACK,
        reference=("invoice", invoice.public_id),
        key=f"invoice:{invoice.public_id}:void",
        at=at,
    )
