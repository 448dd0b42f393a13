"""What every page of the catalog shares."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from apps.plans.enums import VersionStatus
from apps.plans.models import PlanVersion


class CatalogAdmin(admin.ModelAdmin):
    """Saved by services, so that the log tells; nothing of the catalog is ever deleted."""

    show_full_result_count = False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def adopt(self, obj: Any, created: Any) -> None:
        """Let the admin go on with the row that a service has made."""
        obj.pk, obj.public_id = created.pk, created.public_id
        obj._state.adding = False


def is_draft(version: PlanVersion | None) -> bool:
    return version is not None and version.status == VersionStatus.DRAFT
