from __future__ import annotations

from django.contrib import admin

from apps.core.models import CounterWindow, ExchangeRate, IdempotencyRecord
from apps.core.read_only_admin import ReadOnlyAdmin


@admin.register(ExchangeRate)
class ExchangeRateAdmin(ReadOnlyAdmin):
    list_display = ("date", "base", "quote", "rate", "source")
    list_filter = ("base", "quote", "source")
    date_hierarchy = "date"
    ordering = ("-date", "base", "quote")


@admin.register(IdempotencyRecord)
class IdempotencyRecordAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "method", "path", "key", "state", "status_code", "object_id")
    list_filter = ("method", "state")
    search_fields = ("key", "object_id")
    ordering = ("-created_at",)
    # The stored answer may hold a customer's data: support looks at the object itself.
    exclude = ("response",)


@admin.register(CounterWindow)
class CounterWindowAdmin(ReadOnlyAdmin):
    list_display = ("key", "value", "expires_at")
    search_fields = ("key",)
    ordering = ("key",)
