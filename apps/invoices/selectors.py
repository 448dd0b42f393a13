"""Reads about invoices: never another brand's, never the other mode's."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Prefetch, QuerySet

from apps.invoices.enums import InvoiceStatus
from apps.invoices.errors import InvoiceNotFound
from apps.invoices.models import Invoice, InvoiceLine


def invoices_with_lines() -> QuerySet[Invoice]:
    """Invoices with all that a page or the API shows of them, in a fixed number of queries."""
    return Invoice.objects.select_related("customer__test_clock", "brand").prefetch_related(
        Prefetch("lines", queryset=InvoiceLine.objects.select_related("subscription"))
    )


def get_invoice(*, brand_id: int, livemode: bool, reference: str) -> Invoice:
    """The invoice with this public id or number.

    Raises:
        InvoiceNotFound: none in this brand and mode (404).
    """
    own = invoices_with_lines().filter(brand_id=brand_id, livemode=livemode)
    found = own.filter(public_id=reference).first() or own.filter(number=reference).first()
    if found is None:
        raise InvoiceNotFound(f"There is no invoice '{reference}'.", field="invoice")
    return found


def invoices_of(customer_id: int) -> QuerySet[Invoice]:
    """A customer's finalised invoices that have a number, newest first."""
    return (
        Invoice.objects.filter(customer_id=customer_id, number__isnull=False)
        .select_related("customer")
        .order_by("-created_at", "-id")
    )


def overdue_invoices(*, brand_id: int, livemode: bool, at: datetime) -> QuerySet[Invoice]:
    """Open invoices that were due before `at`, the oldest first."""
    return (
        Invoice.objects.filter(brand_id=brand_id, livemode=livemode, status=InvoiceStatus.OPEN, due_at__lt=at)
        .select_related("customer")
        .order_by("due_at", "id")
    )
