from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest

from apps.core import clock
from apps.core.admin_columns import money_column
from apps.core.read_only_admin import ReadOnlyAdmin, ReadOnlyInline
from apps.core.templatetags.formatting import money
from apps.invoices.enums import SeriesKind
from apps.invoices.forms import NumberRuleForm
from apps.invoices.models import (
    CreditNote,
    CreditNoteDocument,
    CreditNoteLine,
    CreditNoteTax,
    Invoice,
    InvoiceDiscount,
    InvoiceDocument,
    InvoiceLine,
    InvoiceTax,
    NumberRule,
    NumberSeries,
)
from apps.invoices.numbering import terms_of
from apps.invoices.services.change_number_rule import change_number_rule, upcoming


class LineInline(ReadOnlyInline):
    model = InvoiceLine
    fields = (
        "position",
        "description",
        "quantity",
        "exact_amount",
        "amount_minor",
        "discount_minor",
        "tax_minor",
        "charge_key",
    )


class DiscountInline(ReadOnlyInline):
    model = InvoiceDiscount
    fields = ("position", "source", "name", "amount_minor")


TAX_FIELDS = ("category", "name", "jurisdiction", "percent", "taxable_minor", "tax_minor", "note")


class TaxInline(ReadOnlyInline):
    model = InvoiceTax
    fields = TAX_FIELDS


class CreditNoteTaxInline(ReadOnlyInline):
    model = CreditNoteTax
    fields = TAX_FIELDS


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
    inlines: ClassVar = [LineInline, DiscountInline, TaxInline]
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
    inlines: ClassVar = [CreditLineInline, CreditNoteTaxInline]
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


class BreakdownAdmin(ReadOnlyAdmin):
    """One row of a document's taxes or discounts, found by the document."""

    ordering = ("-id",)

    @admin.display(description="amount")
    def amount(self, row: Any) -> Any:
        document = getattr(row, "credit_note", None) or row.invoice
        return money(getattr(row, "tax_minor", None) or getattr(row, "amount_minor", 0), document.currency)


@admin.register(InvoiceDiscount)
class InvoiceDiscountAdmin(BreakdownAdmin):
    list_display = ("name", "invoice", "source", "amount")
    list_filter = ("source",)
    list_select_related = ("invoice",)
    search_fields = ("=source_id", "=invoice__number", "name")


@admin.register(InvoiceTax)
class InvoiceTaxAdmin(BreakdownAdmin):
    list_display = ("__str__", "invoice", "jurisdiction", "category", "amount")
    list_filter = ("category", "kind", "jurisdiction")
    list_select_related = ("invoice",)
    search_fields = ("=invoice__number", "=jurisdiction")


@admin.register(CreditNoteTax)
class CreditNoteTaxAdmin(BreakdownAdmin):
    list_display = ("__str__", "credit_note", "jurisdiction", "category", "amount")
    list_filter = ("category", "kind", "jurisdiction")
    list_select_related = ("credit_note",)
    search_fields = ("=credit_note__number", "=jurisdiction")


@admin.register(NumberRule)
class NumberRuleAdmin(admin.ModelAdmin):
    """How documents are numbered; a change says which number comes next before it is made."""

    form = NumberRuleForm
    actions = None
    list_display = (
        "prefix",
        "kind",
        "brand",
        "number_format",
        "reset",
        "first_month",
        "next_live",
        "next_test",
    )
    list_filter = ("kind", "brand")
    list_select_related = ("brand",)
    ordering = ("brand", "kind")
    readonly_fields = ("next_live", "next_test")

    def get_fields(self, request: HttpRequest, obj: NumberRule | None = None) -> Any:
        return (*NumberRuleForm.Meta.fields, *(self.readonly_fields if obj else ()), "shown")

    def get_readonly_fields(self, request: HttpRequest, obj: NumberRule | None = None) -> Any:
        return (*self.readonly_fields, "brand", "kind") if obj else self.readonly_fields

    @admin.display(description="next number")
    def next_live(self, row: NumberRule) -> str:
        return _next_number(row, livemode=True)

    @admin.display(description="next number in test mode")
    def next_test(self, row: NumberRule) -> str:
        return _next_number(row, livemode=False)

    def save_model(self, request: HttpRequest, obj: NumberRule, form: Any, change: bool) -> None:
        rule = change_number_rule(brand=form.owner, kind=form.kind, terms=form.terms(), at=clock.now())
        obj.pk = rule.pk
        obj.refresh_from_db()
        for sentence in form.change.sentences:
            self.message_user(request, sentence)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def _next_number(rule: NumberRule, *, livemode: bool) -> str:
    kind, at = SeriesKind(rule.kind), clock.now()
    terms = terms_of(rule.brand, kind)
    counter = upcoming(terms, brand=rule.brand, kind=kind, livemode=livemode, at=at)
    return counter.number_of(counter.next_value)


@admin.register(NumberSeries)
class NumberSeriesAdmin(ReadOnlyAdmin):
    list_display = ("prefix", "kind", "brand", "livemode", "period", "next_value", "starts_at", "ends_at")
    list_filter = ("livemode", "kind", "brand")
    list_select_related = ("brand",)


class KeptDocumentAdmin(ReadOnlyAdmin):
    list_filter = ("kind", "einvoice_profile")
    ordering = ("-id",)
    exclude = ("content",)

    def get_queryset(self, request: Any) -> Any:
        return super().get_queryset(request).defer("content")


@admin.register(InvoiceDocument)
class InvoiceDocumentAdmin(KeptDocumentAdmin):
    list_display = ("invoice", "kind", "einvoice_profile", "sha256", "created_at")
    list_select_related = ("invoice",)
    search_fields = ("=invoice__number", "=sha256")


@admin.register(CreditNoteDocument)
class CreditNoteDocumentAdmin(KeptDocumentAdmin):
    list_display = ("credit_note", "kind", "einvoice_profile", "sha256", "created_at")
    list_select_related = ("credit_note",)
    search_fields = ("=credit_note__number", "=sha256")
