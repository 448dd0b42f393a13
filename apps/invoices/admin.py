from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin

from apps.core.admin_columns import money_column
from apps.core.read_only_admin import ReadOnlyAdmin, ReadOnlyInline
from apps.core.templatetags.formatting import money
from apps.invoices.models import (
    CreditNote,
    CreditNoteLine,
    Invoice,
    InvoiceDocument,
    InvoiceLine,
    NumberSeries,
)


class LineInline(ReadOnlyInline):
    model = InvoiceLine
    fields = ("position", "description", "quantity", "exact_amount", "amount_minor", "charge_key")


@admin.register(Invoice)
class InvoiceAdmin(ReadOnlyAdmin):
    """Frozen rows: collecting and voiding are staff pages."""

    list_display = (
        "__str__",
        "customer",
        "status",
        "total",
        "applied",
        "credited",
        "paid",
        "finalized_at",
        "due_at",
        "paid_at",
    )
    list_filter = ("status", "livemode", "brand", "currency", "collection_method")
    list_select_related = ("customer",)
    search_fields = ("=number", "=public_id", "customer__name", "customer__email")
    date_hierarchy = "created_at"
    ordering = ("-created_at", "-id")
    inlines: ClassVar = [LineInline]
    total = money_column("total_minor", "total")
    applied = money_column("balance_applied_minor", "from balance")
    credited = money_column("credited_minor", "credited")
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


class CreditLineInline(ReadOnlyInline):
    model = CreditNoteLine
    fields = ("position", "description", "exact_amount", "amount_minor", "discount_minor", "tax_minor")


@admin.register(CreditNote)
class CreditNoteAdmin(ReadOnlyAdmin):
    """Frozen rows: issuing and voiding are staff pages."""

    list_display = (
        "number",
        "customer",
        "invoice",
        "status",
        "reason",
        "total",
        "refund",
        "balance",
        "offset",
        "issued_at",
    )
    list_filter = ("status", "reason", "refund_status", "livemode", "brand", "currency")
    list_select_related = ("customer", "invoice")
    search_fields = ("=number", "=public_id", "=invoice__number", "customer__name")
    date_hierarchy = "issued_at"
    ordering = ("-issued_at", "-id")
    inlines: ClassVar = [CreditLineInline]
    total = money_column("total_minor", "total")
    refund = money_column("refund_minor", "refund")
    balance = money_column("balance_minor", "to balance")
    offset = money_column("offset_minor", "off what is due")


@admin.register(CreditNoteLine)
class CreditNoteLineAdmin(ReadOnlyAdmin):
    list_display = ("description", "credit_note", "invoice_line", "amount", "tax_minor")
    list_select_related = ("credit_note", "invoice_line")
    search_fields = ("=public_id", "=credit_note__number")
    ordering = ("-id",)

    @admin.display(description="amount", ordering="amount_minor")
    def amount(self, row: CreditNoteLine) -> Any:
        return money(row.amount_minor, row.credit_note.currency)


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
