from __future__ import annotations

from django.contrib import admin

from apps.billing.models import BillingRun, CollectionCase, LateUsageSearch, ParkedCustomer, UsageWatch
from apps.core.read_only_admin import ReadOnlyAdmin


@admin.register(CollectionCase)
class CollectionCaseAdmin(ReadOnlyAdmin):
    list_display = ("invoice", "customer", "status", "failures", "next_attempt_at", "opened_at", "settled_at")
    list_filter = ("status",)
    list_select_related = ("invoice", "customer")
    search_fields = ("=public_id", "=invoice__number", "customer__name")
    ordering = ("-opened_at", "-id")


@admin.register(ParkedCustomer)
class ParkedCustomerAdmin(ReadOnlyAdmin):
    """To look at: retrying is a staff page."""

    list_display = ("customer", "reason_code", "reason", "tries", "due_at", "parked_at", "released_at")
    list_filter = ("reason_code",)
    list_select_related = ("customer",)
    search_fields = ("=public_id", "customer__name", "reason_code")
    ordering = ("-parked_at", "-id")


@admin.register(BillingRun)
class BillingRunAdmin(ReadOnlyAdmin):
    list_display = (
        "started_at",
        "at",
        "test_clock_id",
        "customers_billed",
        "invoices_finalized",
        "customers_parked",
    )
    search_fields = ("=public_id",)
    date_hierarchy = "started_at"
    ordering = ("-started_at", "-id")


@admin.register(UsageWatch)
class UsageWatchAdmin(ReadOnlyAdmin):
    list_display = ("subscription", "reached_minor", "seen", "checked_below")
    list_select_related = ("subscription",)
    search_fields = ("=subscription__public_id",)
    ordering = ("-id",)


@admin.register(LateUsageSearch)
class LateUsageSearchAdmin(ReadOnlyAdmin):
    list_display = ("id", "snapshot")
    ordering = ("id",)
