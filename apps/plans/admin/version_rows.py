"""Rows of versions, to look for across them."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.template.loader import render_to_string

from apps.core.admin_columns import money_column
from apps.core.read_only_admin import ReadOnlyAdmin
from apps.plans.admin.base import CatalogAdmin, is_draft
from apps.plans.forms import PriceForm
from apps.plans.models import MinimumCommitment, Price, UsageThreshold
from apps.plans.preview import price_preview


@admin.register(Price)
class PriceAdmin(CatalogAdmin):
    form = PriceForm
    list_display = ("name", "code", "version", "currency", "model", "quantity_source", "interval", "timing")
    list_filter = (
        "version__status",
        "model",
        "currency",
        "quantity_source",
        "tax_behavior",
        "tax_code",
        "version__plan",
    )
    list_select_related = ("version__plan", "meter")
    search_fields = ("name", "code", "=public_id", "version__plan__code")
    ordering = ("-id",)
    readonly_fields = ("version", "preview")
    fields = ("version", *PriceForm.Meta.fields, "preview")

    @admin.display(description="what it costs")
    def preview(self, row: Price) -> str:
        context = {"price": row, "rows": price_preview(row)}
        return render_to_string("admin/plans/_price_preview.html", context)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        allowed = super().has_change_permission(request, obj)
        return allowed and (obj is None or is_draft(obj.version))


class VersionRowAdmin(ReadOnlyAdmin):
    """To look for across versions: such rows are edited with their draft."""

    list_filter = ("currency", "version__status", "version__plan")
    list_select_related = ("version__plan",)
    search_fields = ("=version__public_id", "version__plan__code")
    ordering = ("-id",)
    amount = money_column("amount_minor")


@admin.register(MinimumCommitment)
class MinimumCommitmentAdmin(VersionRowAdmin):
    list_display = ("name", "version", "amount")


@admin.register(UsageThreshold)
class UsageThresholdAdmin(VersionRowAdmin):
    list_display = ("version", "amount", "is_recurring")
