from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin

from apps.core.admin_columns import money_column
from apps.core.read_only_admin import ReadOnlyAdmin, ReadOnlyInline
from apps.core.templatetags.formatting import money
from apps.invoices.models import Invoice, InvoiceDocument, InvoiceLine, NumberSeries


class LineInline(ReadOnlyInline):
    model = InvoiceLine
    fields = ("position", "description", "quantity", "exact_amount", "amount_minor", "charge_key")


@admin.register(Invoice)
class InvoiceAdmin(ReadOnlyAdmin):
    """Frozen rows: collecting and voiding are staff pages."""

    list_display = ("__str__", "customer", "status", "total", "paid", "finalized_at", "due_at", "paid_at")
    list_filter = ("status", "livemode", "brand", "currency", "collection_method")
    list_select_related = ("customer",)
    search_fields = ("=number", "=public_id", "customer__name", "customer__email")
    date_hierarchy = "created_at"
    ordering = ("-created_at", "-id")
    inlines: ClassVar = [LineInline]
    total = money_column("total_minor", "total")
    paid = money_column("paid_minor", "paid")


@admin.register(InvoiceLine)
class InvoiceLineAdmin(ReadOnlyAdmin):
    list_display = ("description", "invoice", "kind", "quantity", "amount", "period_starts_at", "voided_at")
    list_filter = ("kind", "source")
    list_select_related = ("invoice",)
    search_fields = ("=public_id", "=charge_key", "=invoice__number")
    ordering = ("-id",)

    @admin.display(description="amount", ordering="amount_minor")
    def amount(self, row: InvoiceLine) -> Any:
        return money(row.amount_minor, row.invoice.currency)


@admin.register(NumberSeries)
class NumberSeriesAdmin(ReadOnlyAdmin):
    list_display = ("prefix", "kind", "brand", "livemode", "next_value")
    list_filter = ("livemode", "kind", "brand")
    list_select_related = ("brand",)


@admin.register(InvoiceDocument)
class InvoiceDocumentAdmin(ReadOnlyAdmin):
    list_display = ("invoice", "kind", "sha256", "created_at")
    list_filter = ("kind",)
    list_select_related = ("invoice",)
    search_fields = ("=invoice__number", "=sha256")
    ordering = ("-id",)
    exclude = ("content",)

    def get_queryset(self, request: Any) -> Any:
        return super().get_queryset(request).defer("content")
