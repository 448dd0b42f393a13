from __future__ import annotations

from apps.invoices.enums import RefundStatus
from apps.invoices.models import CreditNote


def mark_refunded(*, credit_note_id: int, is_refunded: bool) -> None:
    """Write down whether all that a credit note promised back has arrived; what came back is owed again.

    Runs in the caller's transaction, which holds the note's invoice.
    """
    status = RefundStatus.REFUNDED if is_refunded else RefundStatus.REQUESTED
    CreditNote.objects.filter(pk=credit_note_id, refund_minor__gt=0).update(refund_status=status)
