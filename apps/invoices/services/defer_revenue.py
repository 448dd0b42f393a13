from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from apps.invoices.enums import LineKind
from apps.invoices.models import Invoice, InvoiceLine, RecognitionSchedule
from apps.invoices.recognition import set_next
from apps.pricing.periods.wall_clock import local_day

USED = (LineKind.IN_ADVANCE, LineKind.PROGRESSIVE)


def defer_revenue(*, invoice: Invoice, lines: Iterable[InvoiceLine], at: datetime) -> int:
    """Open a schedule for each line whose service period is not over at `at` (UTC); returns their sum.

    Minor units of the invoice's currency, net of discount and tax. A line that takes back a part of another
    has none: it reduces that one's. Nothing is written where all is earned. Runs in the caller's transaction.
    """
    zone = invoice.customer.brand.default_time_zone
    schedules = [
        _schedule(invoice, line, zone, at)
        for line in lines
        if line.net_minor and line.credits_line_id is None and not is_earned(line, at)
    ]
    if schedules:
        RecognitionSchedule.objects.bulk_create(schedules)
    return sum(schedule.amount_minor for schedule in schedules)


def is_earned(line: InvoiceLine, finalized_at: datetime) -> bool:
    """Whether a line is revenue as soon as its invoice is issued: used, without a period, or over by then."""
    if line.kind in USED:
        return True
    return line.period_ends_at is None or line.period_ends_at <= finalized_at


def _schedule(invoice: Invoice, line: InvoiceLine, zone: str, at: datetime) -> RecognitionSchedule:
    # One that is not earned has an end; a period that is open at its start began when it was billed.
    ends_at = line.period_ends_at or at
    starts_at = min(line.period_starts_at or at, ends_at)
    first = local_day(starts_at, zone)
    schedule = RecognitionSchedule(
        line=line,
        brand_id=invoice.brand_id,
        livemode=invoice.livemode,
        customer_id=invoice.customer_id,
        currency=invoice.currency,
        time_zone=zone,
        starts_at=starts_at,
        ends_at=ends_at,
        booked_at=at,
        amount_minor=line.net_minor,
        spread_from=first,
        spread_to=max(local_day(ends_at, zone), first + timedelta(days=1)),
    )
    set_next(schedule, local_day(at, zone))
    return schedule
