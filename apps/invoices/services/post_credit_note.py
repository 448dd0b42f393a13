from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from apps.invoices.models import CreditNote, CreditNoteLine
from apps.invoices.services.take_back_revenue import restore_revenue, take_back_revenue
from apps.ledger.services.post import Leg, post_transaction


def post_credit_note(*, note: CreditNote, lines: Iterable[CreditNoteLine], at: datetime) -> None:
    """Book a credit note: tax and what is left of its total, off receivable or to be refunded.

    Minor units of the note's currency. What is still deferred of the credited lines is reduced first, then
    revenue, line by line. What goes to the customer's balance is booked off receivable here, and on to
    customer_credit by the movement of the balance.
    """
    taken: Counter[int] = Counter()
    for line in lines:
        taken[line.invoice_line_id] += line.net_minor
    fell = take_back_revenue(taken=taken, source=_reference(note), at=at)
    legs = _legs(note, sign=1, deferred_leg=fell)
    _post(note, key=f"credit_note:{note.public_id}", kind="credit_note", legs=legs, at=at)


def reverse_credit_note(*, note: CreditNote, at: datetime) -> None:
    """Book the opposite when a credit note is voided: what came off deferred revenue is deferred again."""
    fell = restore_revenue(source=_reference(note), at=at)
    legs = _legs(note, sign=-1, deferred_leg=fell)
    _post(note, key=f"credit_note:{note.public_id}:void", kind="credit_note_void", legs=legs, at=at)


def _legs(note: CreditNote, *, sign: int, deferred_leg: int) -> list[Leg]:
    receivable = sign * (note.refund_minor - note.total_minor)
    refunds, tax = -sign * note.refund_minor, sign * note.tax_minor
    return [
        Leg("revenue", -receivable - refunds - tax - deferred_leg, note.currency),
        Leg("deferred_revenue", deferred_leg, note.currency),
        Leg("tax_payable", tax, note.currency),
        Leg("receivable", receivable, note.currency),
        Leg("refunds_payable", refunds, note.currency),
    ]


def _reference(note: CreditNote) -> tuple[str, str]:
    return ("credit_note", note.public_id)


def _post(note: CreditNote, *, key: str, kind: str, legs: list[Leg], at: datetime) -> None:
    post_transaction(
        key=key,
        brand_id=note.brand_id,
        livemode=note.livemode,
        at=at,
        kind=kind,
        reference=_reference(note),
        customer_id=note.customer_id,
        legs=legs,
    )
