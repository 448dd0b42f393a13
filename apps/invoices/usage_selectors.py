"""What was billed of running and ended periods, as later bills depend on it; void lines do not count."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from datetime import datetime
from decimal import Decimal

from django.db.models import Count, Q, QuerySet, Sum

from apps.invoices.enums import CreditNoteStatus, CreditReason, LineKind
from apps.invoices.models import CreditNoteLine, Invoice, InvoiceLine
from apps.subscriptions.models import SubscriptionItem, SubscriptionPeriod

USAGE_KINDS = (LineKind.USAGE, LineKind.BASE)
COUNTS_TOWARD_COMMITMENT = (LineKind.RECURRING, *USAGE_KINDS, LineKind.TRUE_UP, LineKind.IN_ADVANCE)


def billed_at_once(*, item_id: int, period_starts_at: datetime) -> tuple[int, Decimal, int]:
    """What lines in advance of an item and period came to: minor units, units, and their number (void ones
    are in the number only)."""
    own = InvoiceLine.objects.filter(
        item_id=item_id, period_starts_at=period_starts_at, kind=LineKind.IN_ADVANCE
    )
    standing = Q(voided_at=None)
    found = own.aggregate(
        amount=Sum("amount_minor", filter=standing, default=0),
        quantity=Sum("quantity", filter=standing, default=0),
        lines=Count("pk"),
    )
    return int(found["amount"]), Decimal(found["quantity"]), int(found["lines"])


def progressive_revision(*, item_ids: Collection[int], period_starts_at: datetime) -> int:
    """How many progressive invoices a period of these items had, void ones too."""
    lines = _progressive(item_ids, period_starts_at)
    return lines.values("invoice").distinct().count()


def billed_progressively(*, item_ids: Collection[int], period_starts_at: datetime) -> int:
    """What progressive invoices of a period came to, in minor units: their usage less what each took off.

    A progressive invoice is of one period of one subscription. What was credited of it since stays credited:
    its full amount comes off the bill of the period.
    """
    lines = _progressive(item_ids, period_starts_at).filter(voided_at=None)
    found = dict(lines.order_by().values_list("invoice").annotate(sum=Sum("amount_minor")))
    if not found:
        return 0
    off = Invoice.objects.filter(pk__in=found).aggregate(sum=Sum("progressive_credit_minor"))["sum"]
    return int(sum(found.values()) - off)


def open_progressive(*, invoice: Invoice, lines: Collection[InvoiceLine]) -> dict[tuple[int, datetime], int]:
    """What progressive invoices billed of the items and periods of a draft's lines, less what other
    invoices took off again; by item and start of the period, in minor units, above zero only.
    """
    periods = dict.fromkeys(
        (line.item_id, line.period_starts_at)
        for line in lines
        if line.item_id is not None and line.period_starts_at is not None
    )
    rows = InvoiceLine.objects.filter(
        item_id__in={item for item, _ in periods},
        period_starts_at__in={starts_at for _, starts_at in periods},
        voided_at=None,
    ).exclude(invoice=invoice)
    found: Counter[tuple[int | None, datetime | None]] = Counter()
    for item, starts_at, kind, amount, taken_off in rows.filter(
        Q(kind=LineKind.PROGRESSIVE) | ~Q(progressive_minor=0)
    ).values_list("item_id", "period_starts_at", "kind", "amount_minor", "progressive_minor"):
        found[item, starts_at] += (amount if kind == LineKind.PROGRESSIVE else 0) - taken_off
    return {
        (item, starts_at): found[item, starts_at]
        for item, starts_at in periods
        if item is not None and starts_at is not None and found[item, starts_at] > 0
    }


def bills_closed_period_progressively(invoice: Invoice) -> bool:
    """Whether an invoice billed progressively a period that was billed since: that bill has taken it off."""
    billed = InvoiceLine.objects.filter(invoice=invoice, kind=LineKind.PROGRESSIVE)
    items = SubscriptionItem.objects.select_related("price").in_bulk(
        [item for item in billed.values_list("item_id", flat=True) if item is not None]
    )
    return any(
        SubscriptionPeriod.objects.filter(
            phase_id=items[line.item_id].phase_id,
            interval=items[line.item_id].price.interval,
            interval_count=items[line.item_id].price.interval_count,
            starts_at=line.period_starts_at,
            closed_at__isnull=False,
        ).exists()
        for line in billed
        if line.item_id is not None and line.period_starts_at is not None
    )


def counted_toward_commitment(*, item_ids: Collection[int], starts_at: datetime, ends_at: datetime) -> int:
    """What was billed of items for what began in [starts_at, ends_at) (UTC): fees as billed and usage.

    Credits do not come off: a fee counts whole although a part of it was given back. Usage that was credited
    because it had not taken place does. Minor units.
    """
    lines = InvoiceLine.objects.filter(
        item_id__in=list(item_ids),
        period_starts_at__gte=starts_at,
        period_starts_at__lt=ends_at,
        kind__in=COUNTS_TOWARD_COMMITMENT,
        voided_at=None,
    )
    corrected = CreditNoteLine.objects.filter(
        invoice_line__in=lines.order_by().values("pk"),
        credit_note__status=CreditNoteStatus.ISSUED,
        credit_note__reason=CreditReason.USAGE_CORRECTION,
    )
    billed, taken_back = (
        rows.aggregate(sum=Sum("amount_minor", default=0))["sum"] for rows in (lines, corrected)
    )
    return int(billed - taken_back)


def usage_billed_before(*, subscription_id: int, running: Collection[tuple[int, datetime]]) -> int:
    """What was billed of a subscription's usage, but for (item, period start) that still run; minor units."""
    lines = InvoiceLine.objects.filter(
        subscription_id=subscription_id, kind__in=[*USAGE_KINDS, LineKind.IN_ADVANCE], voided_at=None
    )
    for item_id, starts_at in running:
        lines = lines.exclude(item_id=item_id, period_starts_at=starts_at)
    return int(lines.aggregate(sum=Sum("amount_minor", default=0))["sum"])


def _progressive(item_ids: Collection[int], period_starts_at: datetime) -> QuerySet[InvoiceLine]:
    return InvoiceLine.objects.filter(
        item_id__in=list(item_ids), period_starts_at=period_starts_at, kind=LineKind.PROGRESSIVE
    )
