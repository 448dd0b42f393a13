from __future__ import annotations

from django.contrib import admin

from apps.core.admin_columns import money_column
from apps.core.read_only_admin import ReadOnlyAdmin
from apps.invoices.models import Quote


@admin.register(Quote)
class QuoteAdmin(ReadOnlyAdmin):
    """Making, taking back and accepting are pages."""

    list_display = (
        "public_id",
        "customer",
        "status",
        "plan_version",
        "first_total",
        "created_at",
        "expires_at",
    )
    list_filter = ("status", "livemode", "brand", "currency")
    list_select_related = ("customer", "plan_version__plan")
    search_fields = ("=public_id", "customer__name")
    date_hierarchy = "created_at"
    ordering = ("-id",)
    first_total = money_column("first_total_minor", "first bill")
