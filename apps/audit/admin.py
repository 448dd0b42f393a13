from __future__ import annotations

from auditlog.admin import LogEntryAdmin
from auditlog.models import LogEntry
from django.contrib import admin

from apps.audit.models import Event, OutboxPosition, Seal, UnsealedEvent
from apps.core.read_only_admin import ReadOnlyAdmin


@admin.register(Event)
class EventAdmin(ReadOnlyAdmin):
    list_display = ("at", "name", "subject_type", "subject_id", "actor_label", "request_id")
    list_filter = ("livemode", "actor_type", "subject_type")
    search_fields = ("=subject_id", "=public_id", "=request_id")
    search_help_text = "A whole id: of the subject, the event or the request."
    ordering = ("-id",)


@admin.register(Seal)
class SealAdmin(ReadOnlyAdmin):
    list_display = ("seq", "event", "hash")
    list_select_related = ("event",)
    ordering = ("-seq",)


@admin.register(OutboxPosition)
class OutboxPositionAdmin(ReadOnlyAdmin):
    list_display = ("reader", "seq")


@admin.register(UnsealedEvent)
class UnsealedEventAdmin(ReadOnlyAdmin):
    list_display = ("event_id",)
    ordering = ("event_id",)


class ChangeLogAdmin(ReadOnlyAdmin, LogEntryAdmin):
    """auditlog's own, which looks for names of people in columns that our users do not have."""

    search_fields = ("=object_pk", "object_repr", "=actor__email")


admin.site.unregister(LogEntry)
admin.site.register(LogEntry, ChangeLogAdmin)
