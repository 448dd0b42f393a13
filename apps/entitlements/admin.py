from __future__ import annotations

from django.contrib import admin
from waffle.admin import FlagAdmin

from apps.core.read_only_admin import ReadOnlyAdmin
from apps.entitlements.models import CustomerAccess, FeatureFlag


@admin.register(FeatureFlag)
class FeatureFlagAdmin(FlagAdmin):
    """waffle's own page with the two targets that it does not know."""

    list_display = ("name", "note", "everyone", "percent", "staff", "modified")  # type: ignore[assignment]
    raw_id_fields = ("users", "customers")  # type: ignore[assignment]
    filter_horizontal = ("plans", "groups")
    readonly_fields = ("created", "modified")
    ordering = ("name",)
    fieldsets = (
        (None, {"fields": ("name", "note")}),
        ("For everyone or nobody", {"fields": ("everyone",)}),
        ("For customers", {"fields": ("plans", "customers", "percent")}),
        ("For people", {"fields": ("superusers", "staff", "authenticated", "groups", "users", "languages")}),
        ("Trying out", {"fields": ("testing", "rollout", "created", "modified")}),
    )


@admin.register(CustomerAccess)
class CustomerAccessAdmin(ReadOnlyAdmin):
    """Levels are set by billing, and by staff through the customer's page, which asks why."""

    list_display = ("customer", "level", "reason", "since_at")
    list_filter = ("level", "reason")
    list_select_related = ("customer",)
    search_fields = ("customer__name", "=customer__public_id", "customer__email")
    ordering = ("-since_at",)
