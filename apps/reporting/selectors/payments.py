"""What was collected, what failed and what came back; each number has its rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import TruncMonth

from apps.billing.enums import CollectionStatus
from apps.billing.models import CollectionCase
from apps.invoices.enums import InvoiceStatus
from apps.payments.enums import PaymentStatus
from apps.payments.models import Payment
from apps.reporting.window import Window


@dataclass(frozen=True, slots=True)
class FailureMonth:
    """Invoices whose first charge failed in a month, and what has become of them since; minor units."""

    month: date
    failed_count: int = 0
    failed_minor: int = 0
    recovered_count: int = 0
    recovered_minor: int = 0
    given_up_count: int = 0


def collected_by_month(window: Window) -> list[tuple[date, int]]:
    """Payments that succeeded, minor units, by the month of success; no month is left out. One query."""
    rows = (
        collected_rows(window)
        .order_by()
        .annotate(month=TruncMonth("settled_at", tzinfo=window.tz))
        .values("month")
        .annotate(amount=Sum("amount_minor"))
    )
    amounts = {row["month"].date(): row["amount"] for row in rows}
    return [(month, amounts.get(month, 0)) for month in window.months]


def collected_rows(window: Window) -> QuerySet[Payment]:
    """The payments behind what was collected, the newest first."""
    return _payments(window, PaymentStatus.SUCCEEDED)


def failed_payments(window: Window) -> QuerySet[Payment]:
    """Every declined attempt, the newest first; an invoice may have several."""
    return _payments(window, PaymentStatus.FAILED)


def failures_by_month(window: Window) -> list[FailureMonth]:
    """Failed and recovered collections by the month of the first failure; no month is left out. One query."""
    recovered = Q(
        status=CollectionStatus.SETTLED, invoice__status=InvoiceStatus.PAID, invoice__paid_minor__gt=0
    )
    rows = (
        failure_rows(window)
        .order_by()
        .annotate(month=TruncMonth("first_failed_at", tzinfo=window.tz))
        .values("month")
        .annotate(
            failed_count=Count("pk"),
            failed_minor=Sum("invoice__total_minor"),
            recovered_count=Count("pk", filter=recovered),
            recovered_minor=Sum("invoice__paid_minor", filter=recovered, default=0),
            given_up_count=Count("pk", filter=Q(status=CollectionStatus.EXHAUSTED)),
        )
    )
    found = {row["month"].date(): FailureMonth(**{**row, "month": row["month"].date()}) for row in rows}
    return [found.get(month, FailureMonth(month)) for month in window.months]


def failure_rows(window: Window) -> QuerySet[CollectionCase]:
    """The collections whose first charge failed within the window, the newest failure first."""
    return (
        CollectionCase.objects.filter(
            invoice__brand_id=window.brand_id,
            invoice__livemode=window.livemode,
            invoice__currency=window.currency,
            first_failed_at__gte=window.starts_at,
            first_failed_at__lt=window.ends_at,
        )
        .select_related("invoice", "customer")
        .order_by("-first_failed_at", "-id")
    )


def _payments(window: Window, status: PaymentStatus) -> QuerySet[Payment]:
    return (
        Payment.objects.filter(
            brand_id=window.brand_id,
            livemode=window.livemode,
            currency=window.currency,
            status=status,
            settled_at__gte=window.starts_at,
            settled_at__lt=window.ends_at,
        )
        .select_related("customer", "invoice", "payment_method")
        .order_by("-settled_at", "-id")
    )
