from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime

from apps.invoices.enums import LineKind
from apps.invoices.models import Invoice, InvoiceLine
from apps.invoices.services.defer_revenue import defer_revenue
from apps.invoices.services.take_back_revenue import restore_revenue, take_back_revenue, void_revenue
from apps.ledger.services.post import Leg, post_transaction


def post_invoice(*, invoice: Invoice, lines: Sequence[InvoiceLine], at: datetime) -> None:
    """Book a finalised invoice: receivable against tax, and what is left against revenue.

    Minor units of the invoice's currency. Revenue is net of discounts, of what was billed earlier within the
    period, and of tax, also where it stands in the price. Of a line whose service period is not over at `at`
    (UTC) it is deferred, and recognised day by day; usage that was billed before its period is over is
    earned, for it was used. A line that takes back a part of another reduces what is deferred of that one
    first. Prepaid credit is ordered, not earned. A negative total reduces the receivable: the movement of the
    customer's balance books that on. An invoice without any amount books nothing.
    """
    deferred = defer_revenue(invoice=invoice, lines=lines, at=at)
    fell = take_back_revenue(taken=_taken(lines), source=_reference(invoice), at=at)
    ordered = sum(line.amount_minor for line in lines if line.kind == LineKind.TOP_UP)
    legs = _legs(invoice, sign=1, deferred_leg=fell - deferred, ordered_minor=ordered)
    _post(invoice, key=f"invoice:{invoice.public_id}", kind="invoice", legs=legs, at=at)


def reverse_invoice(*, invoice: Invoice, at: datetime) -> None:
    """Book the opposite when an invoice is voided: of what is deferred now, and of what was recognised."""
    source = (f"{_reference(invoice)[0]}_void", invoice.public_id)
    # What its own negative lines took of its own other lines comes back before those are closed.
    fell = restore_revenue(source=_reference(invoice), at=at)
    fell += void_revenue(invoice_id=invoice.pk, source=source, at=at)
    ordered = sum(invoice.lines.filter(kind=LineKind.TOP_UP).values_list("amount_minor", flat=True))
    legs = _legs(invoice, sign=-1, deferred_leg=fell, ordered_minor=ordered)
    _post(invoice, key=f"invoice:{invoice.public_id}:void", kind="invoice_void", legs=legs, at=at)


def _taken(lines: Iterable[InvoiceLine]) -> Counter[int]:
    """What negative lines give back of others, net, by the key of the other line."""
    taken: Counter[int] = Counter()
    for line in lines:
        if line.credits_line_id is not None:
            taken[line.credits_line_id] -= line.net_minor
    return taken


def _legs(invoice: Invoice, *, sign: int, deferred_leg: int, ordered_minor: int) -> list[Leg]:
    receivable = sign * (invoice.total_minor - invoice.balance_credited_minor)
    tax, ordered = -sign * invoice.tax_minor, -sign * ordered_minor
    currency = invoice.currency
    return [
        Leg("receivable", receivable, currency),
        Leg("revenue", -receivable - tax - deferred_leg - ordered, currency),
        Leg("prepaid_orders", ordered, currency),
        Leg("deferred_revenue", deferred_leg, currency),
        Leg("tax_payable", tax, currency),
    ]


def _reference(invoice: Invoice) -> tuple[str, str]:
    return ("invoice", invoice.public_id)


def _post(invoice: Invoice, *, key: str, kind: str, legs: list[Leg], at: datetime) -> None:
    if not any(leg.amount_minor for leg in legs):
        return
    post_transaction(
        key=key,
        brand_id=invoice.brand_id,
        livemode=invoice.livemode,
        at=at,
        kind=kind,
        reference=_reference(invoice),
        customer_id=invoice.customer_id,
        legs=legs,
    )
