from __future__ import annotations

from django.contrib import admin

from apps.core.read_only_admin import ReadOnlyAdmin
from apps.portal.models import CheckoutSession, PortalSession


@admin.register(CheckoutSession)
class CheckoutSessionAdmin(ReadOnlyAdmin):
    list_display = (
        "public_id",
        "customer",
        "plan_version",
        "currency",
        "status",
        "created_at",
        "completed_at",
    )
    list_filter = ("status", "livemode", "brand")
    list_select_related = ("customer", "plan_version__plan")
    search_fields = ("=public_id", "customer__name", "customer__email")
    ordering = ("-created_at", "-id")
    # The hash of the secret in the link tells nobody anything, and is nobody's business.
    exclude = ("token_sha256",)


@admin.register(PortalSession)
class PortalSessionAdmin(ReadOnlyAdmin):
    list_display = ("public_id", "customer", "created_at", "expires_at", "ended_at")
    list_filter = ("livemode", "brand")
    list_select_related = ("customer",)
    search_fields = ("=public_id", "customer__name", "customer__email")
    ordering = ("-created_at", "-id")
    exclude = ("token_sha256",)
