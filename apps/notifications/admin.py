from __future__ import annotations

from django.contrib import admin

from apps.core.read_only_admin import ReadOnlyAdmin
from apps.notifications.models import Mail


@admin.register(Mail)
class MailAdmin(ReadOnlyAdmin):
    list_display = (
        "queued_at",
        "kind",
        "recipient",
        "subject_line",
        "status",
        "tries",
        "sent_at",
        "customer",
    )
    list_filter = ("status", "kind", "livemode")
    list_select_related = ("customer",)
    search_fields = ("recipient", "=public_id", "=subject_id", "=cause_id")
    ordering = ("-id",)
