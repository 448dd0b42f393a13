"""Events themselves have composite keys, which the admin cannot show: they are on staff pages."""

from __future__ import annotations

from django.contrib import admin

from apps.core.read_only_admin import ReadOnlyAdmin
from apps.usage.models import FixedEventIdentity, Rollup


@admin.register(FixedEventIdentity)
class FixedEventIdentityAdmin(ReadOnlyAdmin):
    list_display = ("brand_id", "identity")
    list_filter = ("identity",)
    ordering = ("brand_id",)


@admin.register(Rollup)
class RollupAdmin(ReadOnlyAdmin):
    list_display = ("shape", "until", "watermark", "rolled_at")
    search_fields = ("=shape",)
    ordering = ("-rolled_at", "shape")
