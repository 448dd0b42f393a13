from __future__ import annotations

from django.contrib import admin

from apps.billing.models import (
    BillingRun,
    CardExpiryNotice,
    CollectionCase,
    DunningPolicy,
    DunningPolicyPlan,
    DunningStep,
    DunningStepTaken,
    LateUsageSearch,
    ParkedCustomer,
    UsageWatch,
)
from apps.core.read_only_admin import ReadOnlyAdmin


@admin.register(CollectionCase)
class CollectionCaseAdmin(ReadOnlyAdmin):
    list_display = (
        "invoice",
        "customer",
        "status",
        "failures",
        "next_attempt_at",
        "next_step_at",
        "opened_at",
    )
    list_filter = ("status", "restriction")
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


@admin.register(DunningPolicy)
class DunningPolicyAdmin(ReadOnlyAdmin):
    """To look at: policies are edited on a staff page, which checks that a timeline can be."""

    list_display = ("name", "brand", "is_default", "created_at")
    list_filter = ("brand", "is_default")
    list_select_related = ("brand",)
    search_fields = ("=public_id", "name")
    ordering = ("name", "id")


@admin.register(DunningPolicyPlan)
class DunningPolicyPlanAdmin(ReadOnlyAdmin):
    list_display = ("plan", "policy", "brand")
    list_select_related = ("plan", "policy", "brand")
    search_fields = ("plan__name", "plan__code")
    ordering = ("id",)


@admin.register(DunningStep)
class DunningStepAdmin(ReadOnlyAdmin):
    list_display = ("policy", "day", "action", "mail", "to_plan")
    list_filter = ("action",)
    list_select_related = ("policy", "to_plan")
    search_fields = ("policy__name",)
    ordering = ("policy", "day", "id")


@admin.register(DunningStepTaken)
class DunningStepTakenAdmin(ReadOnlyAdmin):
    list_display = ("case", "day", "action", "taken_at", "problem")
    list_filter = ("action",)
    list_select_related = ("case",)
    search_fields = ("=case__public_id", "=case__invoice__number")
    ordering = ("-taken_at", "-id")


@admin.register(CardExpiryNotice)
class CardExpiryNoticeAdmin(ReadOnlyAdmin):
    list_display = ("payment_method", "exp_year", "exp_month", "days_before", "announced_at")
    list_filter = ("days_before",)
    list_select_related = ("payment_method",)
    search_fields = ("=payment_method__public_id",)
    ordering = ("-id",)
