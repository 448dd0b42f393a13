from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from apps.audit.selectors import timeline_for
from apps.core.formatting import format_moment
from apps.core.read_only_admin import ReadOnlyAdmin, ReadOnlyInline
from apps.subscriptions.models import (
    Phase,
    ScheduledChange,
    Subscription,
    SubscriptionItem,
    SubscriptionPeriod,
    TrialUse,
)


class ItemInline(ReadOnlyInline):
    model = SubscriptionItem
    fields = ("price", "quantity", "starts_at", "ends_at")

    def get_queryset(self, request: Any) -> Any:
        return super().get_queryset(request).select_related("price")


class ChangeInline(ReadOnlyInline):
    model = ScheduledChange
    fields = ("kind", "status", "effective_at", "plan_version", "quantity", "reason")

    def get_queryset(self, request: Any) -> Any:
        return super().get_queryset(request).select_related("plan_version__plan")


@admin.register(Subscription)
class SubscriptionAdmin(ReadOnlyAdmin):
    """To look at: cancel, undo and change of plan are staff pages."""

    list_display = (
        "public_id",
        "customer",
        "plan_version",
        "quantity",
        "currency",
        "status",
        "started_at",
        "current_period_ends_at",
        "next_bill_at",
    )
    list_filter = ("status", "livemode", "brand", "currency", "collection_method")
    list_select_related = ("customer", "plan_version__plan")
    search_fields = ("=public_id", "=external_id", "customer__name", "customer__email")
    date_hierarchy = "created_at"
    ordering = ("-created_at", "-id")
    readonly_fields = ("timeline",)
    inlines: ClassVar = [ItemInline, ChangeInline]

    @admin.display(description="Timeline")
    def timeline(self, row: Subscription) -> SafeString:
        """What happened to it, the newest first, in UTC."""
        events = timeline_for(subject_type="subscription", subject_id=row.public_id)
        told = (
            (format_moment(event.at, locale="en", zone="UTC"), event.name, event.actor_label)
            for event in events
        )
        return format_html_join("", "<div>{}: {} {}</div>", told)


@admin.register(SubscriptionItem)
class SubscriptionItemAdmin(ReadOnlyAdmin):
    list_display = ("public_id", "subscription", "price", "quantity", "starts_at", "ends_at")
    list_select_related = ("subscription", "price")
    search_fields = ("=public_id", "=subscription__public_id", "=price__public_id")
    ordering = ("-id",)


@admin.register(Phase)
class PhaseAdmin(ReadOnlyAdmin):
    list_display = (
        "subscription",
        "kind",
        "plan_version",
        "starts_at",
        "ends_at",
        "anchor_at",
        "anchor_zone",
    )
    list_filter = ("kind", "alignment", "anchor_precision")
    list_select_related = ("subscription", "plan_version__plan")
    search_fields = ("=subscription__public_id",)
    ordering = ("-id",)


@admin.register(SubscriptionPeriod)
class SubscriptionPeriodAdmin(ReadOnlyAdmin):
    list_display = ("subscription", "interval", "interval_count", "starts_at", "ends_at", "closed_at")
    list_filter = ("interval",)
    list_select_related = ("subscription",)
    search_fields = ("=subscription__public_id",)
    ordering = ("-id",)


@admin.register(ScheduledChange)
class ScheduledChangeAdmin(ReadOnlyAdmin):
    list_display = ("subscription", "kind", "status", "effective_at", "plan_version", "quantity", "reason")
    list_filter = ("kind", "status", "reason")
    list_select_related = ("subscription", "plan_version__plan")
    search_fields = ("=public_id", "=subscription__public_id")
    ordering = ("-id",)


@admin.register(TrialUse)
class TrialUseAdmin(ReadOnlyAdmin):
    """Without the digests by which a person is recognised: they are there to compare, not to read."""

    list_display = ("customer", "plan", "brand", "livemode", "started_at")
    list_filter = ("livemode", "brand", "plan")
    list_select_related = ("customer", "plan", "brand")
    search_fields = ("customer__name", "=customer__public_id")
    date_hierarchy = "started_at"
    ordering = ("-started_at", "-id")
    exclude = ("mailbox_sha256", "card_fingerprint")
