"""What was billed and what is owed; each number has its rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, F, Max, Q, QuerySet, Sum
from django.db.models.fields.json import KT
from django.db.models.functions import TruncMonth

from apps.invoices.enums import InvoiceStatus
from apps.invoices.models import Invoice, InvoiceLine
from apps.invoices.selectors import DUE_MINOR
from apps.reporting.window import Window

# Billed and still standing: a void invoice never was, a closed one has no number.
ISSUED = (InvoiceStatus.OPEN, InvoiceStatus.PAID, InvoiceStatus.UNCOLLECTIBLE)


@dataclass(frozen=True, slots=True)
class Receivables:
    """What customers owe on open invoices, and how much of it is past its due date; minor units."""

    open_minor: int
    open_count: int
    overdue_minor: int
    overdue_count: int


@dataclass(frozen=True, slots=True)
class PlanRevenue:
    """What the lines of one plan brought in a month: net of discount, before tax, minor units."""

    month: date
    plan: str
    plan_name: str
    amount_minor: int


def receivables(window: Window, at: datetime) -> Receivables:
    """Open and overdue at `at`: an invoice is overdue once its due instant has passed. One query."""
    owed, overdue = DUE_MINOR, Q(due_at__lt=at)
    sums = open_invoices(window).aggregate(
        open_minor=Sum(owed, default=0),
        open_count=Count("pk"),
        overdue_minor=Sum(owed, filter=overdue, default=0),
        overdue_count=Count("pk", filter=overdue),
    )
    return Receivables(**sums)


def open_invoices(window: Window) -> QuerySet[Invoice]:
    """The invoices that wait for payment, the one due first first."""
    own = Invoice.objects.filter(brand_id=window.brand_id, livemode=window.livemode, currency=window.currency)
    return own.filter(status=InvoiceStatus.OPEN).select_related("customer").order_by("due_at", "id")


def overdue_invoices(window: Window, at: datetime) -> QuerySet[Invoice]:
    return open_invoices(window).filter(due_at__lt=at)


def revenue_by_plan(window: Window) -> list[PlanRevenue]:
    """Billed revenue by the plan that stands on each line, in the month of finalisation; usage is in it.
    One query."""
    rows = (
        _lines(window)
        .annotate(
            month=TruncMonth("invoice__finalized_at", tzinfo=window.tz),
            plan=KT("snapshot__plan"),
            name=KT("snapshot__plan_name"),
        )
        .values("month", "plan")
        .annotate(amount=Sum(F("amount_minor") - F("discount_minor")), plan_name=Max("name"))
        .order_by("month", "plan")
    )
    return [
        PlanRevenue(row["month"].date(), row["plan"] or "", row["plan_name"] or "", row["amount"])
        for row in rows
    ]


def revenue_rows(window: Window, plan: str | None = None) -> QuerySet[InvoiceLine]:
    """The lines behind billed revenue, the newest first; of one plan (its code) where it is named."""
    lines = _lines(window) if plan is None else _lines(window).filter(snapshot__plan=plan)
    return lines.select_related("invoice__customer").order_by(
        "-invoice__finalized_at", "-invoice_id", "position"
    )


def _lines(window: Window) -> QuerySet[InvoiceLine]:
    return InvoiceLine.objects.filter(
        invoice__brand_id=window.brand_id,
        invoice__livemode=window.livemode,
        invoice__currency=window.currency,
        invoice__status__in=ISSUED,
        invoice__finalized_at__gte=window.starts_at,
        invoice__finalized_at__lt=window.ends_at,
        voided_at=None,
    ).order_by()
