from __future__ import annotations

from typing import Any

from django.contrib import admin

from apps.core.admin_columns import money_column
from apps.core.read_only_admin import ReadOnlyAdmin
from apps.core.templatetags.formatting import money
from apps.invoices.models import RecognitionMovement, RecognitionSchedule


@admin.register(RecognitionSchedule)
class RecognitionScheduleAdmin(ReadOnlyAdmin):
    list_display = ("line", "customer", "total", "recognized", "credited", "spread_to", "next_at")
    list_filter = ("livemode", "brand", "currency")
    list_select_related = ("line", "customer")
    search_fields = ("=line__public_id", "customer__name")
    ordering = ("-id",)
    total = money_column("amount_minor", "to be earned")
    recognized = money_column("recognized_minor", "recognised")
    credited = money_column("credited_minor", "given back")


@admin.register(RecognitionMovement)
class RecognitionMovementAdmin(ReadOnlyAdmin):
    list_display = ("schedule", "kind", "amount", "source_type", "source_id", "at")
    list_filter = ("kind",)
    list_select_related = ("schedule__line",)
    search_fields = ("=source_id", "=schedule__line__public_id")
    ordering = ("-id",)

    @admin.display(description="recognised")
    def amount(self, row: RecognitionMovement) -> Any:
        return money(row.recognized_minor, row.schedule.currency)
