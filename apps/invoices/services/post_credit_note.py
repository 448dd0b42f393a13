from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from apps.invoices.models import CreditNote, CreditNoteLine
from apps.invoices.services.post_invoice import is_earned
from apps.ledger.services.post import Leg, post_transaction


def post_credit_note(*, note: CreditNote, lines: Iterable[CreditNoteLine], at: datetime) -> None:
    """Book a credit note: against where its lines were booked and tax, off receivable or to be refunded.

    Minor units of the note's currency. What goes to the customer's balance is booked off receivable here, and
    on to customer_credit by the movement of the balance.
    """
    _post(note, key=f"credit_note:{note.public_id}", kind="credit_note", legs=_legs(note, lines), at=at)


def reverse_credit_note(*, note: CreditNote, at: datetime) -> None:
    """Book the opposite of what was booked when a credit note that is now voided was issued."""
    booked = _legs(note, note.lines.select_related("invoice_line"))
    opposite = [Leg(leg.account_code, -leg.amount_minor, leg.currency) for leg in booked]
    _post(note, key=f"credit_note:{note.public_id}:void", kind="credit_note_void", legs=opposite, at=at)


def _legs(note: CreditNote, lines: Iterable[CreditNoteLine]) -> list[Leg]:
    # An issued invoice was finalised; the fallback is for the type only.
    finalized_at = note.invoice.finalized_at or note.issued_at
    earned = sum(
        line.amount_minor - line.discount_minor
        for line in lines
        if is_earned(line.invoice_line, finalized_at)
    )
    deferred = note.subtotal_minor - note.discount_minor - earned
    return [
        Leg("revenue", earned, note.currency),
        Leg("deferred_revenue", deferred, note.currency),
        Leg("tax_payable", note.tax_minor, note.currency),
        Leg("receivable", note.refund_minor - note.total_minor, note.currency),
        Leg("refunds_payable", -note.refund_minor, note.currency),
    ]


def _post(note: CreditNote, *, key: str, kind: str, legs: list[Leg], at: datetime) -> None:
    post_transaction(
        key=key,
        brand_id=note.brand_id,
        livemode=note.livemode,
        at=at,
        kind=kind,
        reference=("credit_note", note.public_id),
        customer_id=note.customer_id,
        legs=legs,
    )
