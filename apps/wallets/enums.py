from __future__ import annotations

from django.db import models


class MovementKind(models.TextChoices):
    """Why a customer's balance moved; the sign of the amount follows from it."""

    CREDIT_NOTE = "credit_note", "Credit note"
    NEGATIVE_TOTAL = "negative_total", "Negative invoice total"
    OVERPAYMENT = "overpayment", "Overpayment"
    MANUAL_CREDIT = "manual_credit", "Credit by staff"
    APPLIED_BACK = "applied_back", "Given back by a voided invoice"
    APPLIED_TO_INVOICE = "applied_to_invoice", "Applied to an invoice"
    CREDIT_NOTE_VOIDED = "credit_note_voided", "Credit note voided"
    MANUAL_DEBIT = "manual_debit", "Debit by staff"


CREDITS = (
    MovementKind.CREDIT_NOTE,
    MovementKind.NEGATIVE_TOTAL,
    MovementKind.OVERPAYMENT,
    MovementKind.MANUAL_CREDIT,
    MovementKind.APPLIED_BACK,
)
DEBITS = (MovementKind.APPLIED_TO_INVOICE, MovementKind.CREDIT_NOTE_VOIDED, MovementKind.MANUAL_DEBIT)
