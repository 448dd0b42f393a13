from __future__ import annotations

from django.contrib import admin

from apps.core.admin_columns import money_column
from apps.core.read_only_admin import ReadOnlyAdmin
from apps.payments.models import BankStatementLine, GatewayMovement, GatewayPayout, ReconciliationRun


@admin.register(GatewayMovement)
class GatewayMovementAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "gateway", "kind", "gross", "fee", "matched_type", "matched_id")
    list_filter = ("kind", "gateway", "currency")
    search_fields = ("=public_id", "=gateway_id", "=source_ref", "=matched_id", "=payout_ref")
    date_hierarchy = "created_at"
    ordering = ("-created_at", "-id")
    gross = money_column("gross_minor", "gross")
    fee = money_column("fee_minor", "fee")


@admin.register(GatewayPayout)
class GatewayPayoutAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "gateway", "gateway_id", "amount", "status", "arrives_on", "booked_at")
    list_filter = ("status", "gateway", "currency")
    search_fields = ("=public_id", "=gateway_id")
    ordering = ("-created_at", "-id")
    amount = money_column("amount_minor", "amount")


@admin.register(BankStatementLine)
class BankStatementLineAdmin(ReadOnlyAdmin):
    list_display = ("booked_on", "amount", "counterparty", "reference", "status")
    list_filter = ("status", "livemode", "brand")
    search_fields = ("=public_id", "=entry_key", "reference", "counterparty")
    ordering = ("-booked_on", "-id")
    amount = money_column("amount_minor", "amount")


@admin.register(ReconciliationRun)
class ReconciliationRunAdmin(ReadOnlyAdmin):
    list_display = ("until", "gateway", "is_clean", "unmatched", "missing")
    list_filter = ("is_clean", "gateway")
    ordering = ("-until", "-id")
