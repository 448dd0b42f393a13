from __future__ import annotations

from datetime import datetime

from django.db import transaction

from apps.audit.services.record import record_event
from apps.invoices.enums import CREDIT_NOTE_NEXT, CreditNoteStatus, InvoiceStatus
from apps.invoices.errors import CreditNoteRefused
from apps.invoices.models import CreditNote, Invoice
from apps.invoices.services.book_write_off import book_write_off
from apps.invoices.services.post_credit_note import reverse_credit_note
from apps.wallets.enums import MovementKind
from apps.wallets.errors import InsufficientBalance
from apps.wallets.services.debit import debit_balance


@transaction.atomic
def void_credit_note(*, credit_note_id: int, at: datetime, reason: str) -> CreditNote:
    """Take back a credit note while nothing came of it: it keeps its number, its lines can be credited again.

    What it gave to the balance is taken from it, and what it took off an open invoice is due again.

    Raises:
        CreditNoteRefused: it is void already, its balance part was spent, or the invoice that it reduced is
            settled (409).
    """
    invoice_id = CreditNote.objects.values_list("invoice_id", flat=True).get(pk=credit_note_id)
    # The invoice first, as when the note was issued: two orders would be a deadlock.
    invoice = Invoice.objects.select_for_update().get(pk=invoice_id)
    note = (
        CreditNote.objects.select_for_update(of=("self",))
        .select_related("customer", "invoice")
        .get(pk=credit_note_id)
    )
    if CreditNoteStatus.VOID not in CREDIT_NOTE_NEXT[CreditNoteStatus(note.status)]:
        raise CreditNoteRefused(f"Credit note {note} is void already.")
    _take_back_offset(note, invoice, at)
    _take_back_balance(note, at)
    note.status, note.voided_at = CreditNoteStatus.VOID, at
    note.save(update_fields=["status", "voided_at"])
    reverse_credit_note(note=note, at=at)
    record_event(name="credit_note.voided", subject=note, at=at, data={"reason": reason})
    return note


def _take_back_offset(note: CreditNote, invoice: Invoice, at: datetime) -> None:
    if not note.offset_minor:
        return
    if invoice.status == InvoiceStatus.PAID:
        raise CreditNoteRefused(f"Invoice {invoice} is settled with credit note {note}.")
    invoice.credited_minor -= note.offset_minor
    invoice.save(update_fields=["credited_minor"])
    if invoice.status == InvoiceStatus.UNCOLLECTIBLE:
        key = f"write_off:{note.public_id}"
        book_write_off(invoice=invoice, amount_minor=note.offset_minor, key=key, at=at)


def _take_back_balance(note: CreditNote, at: datetime) -> None:
    if not note.balance_minor:
        return
    try:
        debit_balance(
            customer=note.customer,
            currency=note.currency,
            amount_minor=note.balance_minor,
            kind=MovementKind.CREDIT_NOTE_VOIDED,
            reference=("credit_note", note.public_id),
            key=f"credit_note:{note.public_id}:void",
            at=at,
        )
    except InsufficientBalance as error:
        raise CreditNoteRefused(f"What credit note {note} gave to the balance was spent.") from error
