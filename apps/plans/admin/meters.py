from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from apps.core import clock
from apps.plans.admin.base import CatalogAdmin
from apps.plans.enums import VersionStatus
from apps.plans.forms import MeterForm
from apps.plans.models import Meter
from apps.plans.services.create_meter import create_meter
from apps.plans.services.update_meter import COUNTING, update_meter


@admin.register(Meter)
class MeterAdmin(CatalogAdmin):
    form = MeterForm
    list_display = ("name", "code", "event_name", "aggregation", "unit_name")
    list_filter = ("aggregation",)
    search_fields = ("name", "code", "event_name", "=public_id")
    ordering = ("name", "id")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        if obj is None:
            return ()
        sold = obj.prices.filter(version__status=VersionStatus.PUBLISHED).exists()
        return ("code", *sorted(COUNTING)) if sold else ("code",)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if change:
            fields = {name: form.cleaned_data[name] for name in form.changed_data}
            update_meter(meter_id=obj.pk, changes=fields, at=clock.now())
        else:
            self.adopt(obj, create_meter(at=clock.now(), **form.cleaned_data))
