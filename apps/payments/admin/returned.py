from __future__ import annotations

from django.contrib import admin

from apps.core.admin_columns import money_column
from apps.core.read_only_admin import ReadOnlyAdmin
from apps.payments.models import Dispute, Refund


@admin.register(Refund)
class RefundAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "public_id", "customer", "payment", "amount", "status", "requested_by")
    list_filter = ("status", "reason", "livemode", "brand", "gateway")
    list_select_related = ("customer", "payment")
    search_fields = ("=public_id", "=gateway_id", "=payment__public_id", "customer__name")
    date_hierarchy = "created_at"
    ordering = ("-created_at", "-id")
    amount = money_column("amount_minor", "amount")


@admin.register(Dispute)
class DisputeAdmin(ReadOnlyAdmin):
    list_display = ("opened_at", "public_id", "customer", "payment", "amount", "status", "evidence_due_at")
    list_filter = ("status", "livemode", "brand", "gateway")
    list_select_related = ("customer", "payment")
    search_fields = ("=public_id", "=gateway_id", "=payment__public_id", "customer__name")
    date_hierarchy = "opened_at"
    ordering = ("-opened_at", "-id")
    amount = money_column("amount_minor", "amount")
