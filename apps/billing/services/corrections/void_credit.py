from __future__ import annotations

from datetime import datetime

from django.db import transaction

from apps.billing.services.collection.move_case import lock_case, lock_customer
from apps.invoices.errors import CreditNoteRefused
from apps.invoices.models import CreditNote
from apps.invoices.services.lock import lock_invoice
from apps.invoices.services.void_credit_note import void_credit_note
from apps.payments.refund_selectors import owed_of_note


@transaction.atomic
def void_credit(*, credit_note_id: int, reason: str, at: datetime) -> CreditNote:
    """Take back a credit note of a customer who may be billed at the same time.

    `at` is the customer's time. Customer, case and invoice are taken in the order of everything that bills,
    before the balance is: two orders would be a deadlock.

    Raises:
        CreditNoteRefused: see `void_credit_note`; or a refund of it is under way or has arrived (409).
    """
    note = CreditNote.objects.get(pk=credit_note_id)
    lock_customer(customer_id=note.customer_id)
    lock_case(invoice_id=note.invoice_id)
    lock_invoice(invoice_id=note.invoice_id)
    if owed_of_note(note) != note.refund_minor:
        raise CreditNoteRefused(f"Credit note {note} is being refunded, or was.")
    return void_credit_note(credit_note_id=credit_note_id, at=at, reason=reason)
