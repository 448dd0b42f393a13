from __future__ import annotations

from typing import Any

import djstripe.admin  # noqa: F401 - what it registers is taken back below
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from apps.core.admin_columns import money_column
from apps.core.read_only_admin import ReadOnlyAdmin, ReadOnlyInline
from apps.payments.mirror import MIRRORED
from apps.payments.models import (
    GatewayCustomer,
    GatewayEvent,
    Payment,
    PaymentMethod,
    ReceivedPayment,
    ReceivedPaymentPart,
    WebhookSecret,
)


class ReceivedPartInline(ReadOnlyInline):
    model = ReceivedPaymentPart
    fields = ("invoice", "amount_minor")


@admin.register(ReceivedPayment)
class ReceivedPaymentAdmin(ReadOnlyAdmin):
    """Written down on a staff page."""

    list_display = ("received_at", "public_id", "customer", "method", "reference", "amount")
    list_filter = ("method", "livemode", "brand")
    list_select_related = ("customer",)
    search_fields = ("=public_id", "=reference", "customer__name")
    ordering = ("-received_at", "-id")
    inlines = (ReceivedPartInline,)
    amount = money_column("amount_minor", "amount")


@admin.register(ReceivedPaymentPart)
class ReceivedPaymentPartAdmin(ReadOnlyAdmin):
    list_display = ("payment", "invoice", "amount_minor")
    list_select_related = ("payment", "invoice")
    search_fields = ("=payment__public_id", "=invoice__number")
    ordering = ("-id",)


@admin.register(Payment)
class PaymentAdmin(ReadOnlyAdmin):
    list_display = (
        "created_at",
        "public_id",
        "customer",
        "invoice",
        "amount",
        "status",
        "decline_kind",
        "attempt",
    )
    list_filter = ("status", "decline_kind", "livemode", "brand", "gateway")
    list_select_related = ("customer", "invoice")
    search_fields = ("=public_id", "=gateway_id", "=invoice__number", "customer__name")
    date_hierarchy = "created_at"
    ordering = ("-created_at", "-id")
    amount = money_column("amount_minor", "amount")


@admin.register(PaymentMethod)
class PaymentMethodAdmin(ReadOnlyAdmin):
    list_display = (
        "public_id",
        "customer",
        "card_brand",
        "last4",
        "exp_month",
        "exp_year",
        "is_default",
        "status",
    )
    list_filter = ("status", "card_brand", "livemode", "brand")
    list_select_related = ("customer",)
    search_fields = ("=public_id", "=gateway_id", "=last4", "customer__name")
    ordering = ("-id",)


@admin.register(GatewayCustomer)
class GatewayCustomerAdmin(ReadOnlyAdmin):
    list_display = ("gateway_id", "gateway", "customer", "created_at")
    list_select_related = ("customer",)
    search_fields = ("=gateway_id", "customer__name")
    ordering = ("-id",)


class InboxStateFilter(admin.SimpleListFilter):
    """What a person looks for in the inbox: messages that nobody will try again by itself."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> tuple[tuple[str, str], ...]:
        return (("waiting", "Waits"), ("given_up", "Given up"), ("done", "Done"))

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        match self.value():
            case "waiting":
                return queryset.filter(processed_at=None, next_try_at__isnull=False)
            case "given_up":
                return queryset.filter(processed_at=None, next_try_at=None)
            case "done":
                return queryset.filter(processed_at__isnull=False)
        return queryset


@admin.register(GatewayEvent)
class GatewayEventAdmin(ReadOnlyAdmin):
    list_display = ("received_at", "type", "event_id", "object_id", "processed_at", "tries", "error")
    list_filter = (InboxStateFilter, "gateway", "type")
    search_fields = ("=event_id", "=object_id")
    ordering = ("-received_at", "-id")


# dj-stripe registers forty models, the tables with secret keys among them. Staff see the mirrored ones,
# read-only.
for _model in [model for model in admin.site._registry if model._meta.app_label == "djstripe"]:
    admin.site.unregister(_model)


@admin.register(*set(MIRRORED.values()))
class MirrorAdmin(ReadOnlyAdmin):
    list_display = ("id", "livemode", "created")
    list_filter = ("livemode",)
    search_fields = ("=id",)
    ordering = ("-created",)


@admin.register(WebhookSecret)
class WebhookSecretAdmin(ReadOnlyAdmin):
    """Which addresses are registered; the secret itself is shown to nobody."""

    list_display = ("gateway", "url", "endpoint_id", "created_at")
    ordering = ("-id",)
    exclude = ("secret_encrypted",)
