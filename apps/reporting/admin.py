from __future__ import annotations

from django.contrib import admin

from apps.core.read_only_admin import ReadOnlyAdmin
from apps.reporting.models import MrrMovement


@admin.register(MrrMovement)
class MrrMovementAdmin(ReadOnlyAdmin):
    list_display = (
        "at",
        "kind",
        "customer",
        "subscription",
        "plan",
        "currency",
        "delta_minor",
        "mrr_after_minor",
    )
    list_filter = ("kind", "currency", "livemode")
    list_select_related = ("customer", "subscription", "plan")
    search_fields = ("=event_id", "=subscription__public_id", "=customer__public_id")
    ordering = ("-id",)
