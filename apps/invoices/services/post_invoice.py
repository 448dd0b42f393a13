from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from apps.invoices.enums import LineKind
from apps.invoices.models import Invoice, InvoiceLine
from apps.ledger.services.post import Leg, post_transaction

USED = (LineKind.IN_ADVANCE, LineKind.PROGRESSIVE)


def post_invoice(*, invoice: Invoice, lines: Iterable[InvoiceLine], at: datetime) -> None:
    """Book a finalised invoice: receivable against revenue, deferred where the period is still to come.

    Minor units of the invoice's currency. A line whose service period has ended by `at` is
    earned, and usage that is billed before that, for it was used; of another one that has not, all is
    deferred until it is recognised. What was billed earlier within the
    period (progressive credit) reduces what is earned. A negative total reduces the receivable: the movement
    of the customer's balance books that on. An invoice without any amount books nothing.
    """
    _post(invoice, key=f"invoice:{invoice.public_id}", kind="invoice", legs=_legs(invoice, lines, at), at=at)


def reverse_invoice(*, invoice: Invoice, at: datetime) -> None:
    """Book the opposite of what was booked when an invoice that is now voided was finalised."""
    booked = _legs(invoice, invoice.lines.all(), invoice.finalized_at or at)
    opposite = [Leg(leg.account_code, -leg.amount_minor, leg.currency) for leg in booked]
    _post(invoice, key=f"invoice:{invoice.public_id}:void", kind="invoice_void", legs=opposite, at=at)


def _legs(invoice: Invoice, lines: Iterable[InvoiceLine], finalized_at: datetime) -> list[Leg]:
    earned = sum(line.amount_minor - line.discount_minor for line in lines if is_earned(line, finalized_at))
    deferred = invoice.subtotal_minor - invoice.discount_minor - earned
    return [
        Leg("receivable", invoice.total_minor - invoice.balance_credited_minor, invoice.currency),
        Leg("revenue", invoice.progressive_credit_minor - earned, invoice.currency),
        Leg("deferred_revenue", -deferred, invoice.currency),
        Leg("tax_payable", -invoice.tax_minor, invoice.currency),
    ]


def is_earned(line: InvoiceLine, finalized_at: datetime) -> bool:
    """Whether a line was booked as revenue when its invoice was finalised, rather than deferred."""
    if line.kind in USED:
        return True
    return line.period_ends_at is None or line.period_ends_at <= finalized_at


def _post(invoice: Invoice, *, key: str, kind: str, legs: list[Leg], at: datetime) -> None:
    if not any(leg.amount_minor for leg in legs):
        return
    post_transaction(
        key=key,
        brand_id=invoice.brand_id,
        livemode=invoice.livemode,
        at=at,
        kind=kind,
        reference=("invoice", invoice.public_id),
        customer_id=invoice.customer_id,
        legs=legs,
    )
