from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest

from apps.core import clock
from apps.plans.admin.base import CatalogAdmin
from apps.plans.forms import ProductForm
from apps.plans.models import Product
from apps.plans.services.create_product import create_product
from apps.plans.services.update_product import update_product


@admin.register(Product)
class ProductAdmin(CatalogAdmin):
    form = ProductForm
    list_display = ("name", "code", "tax_code", "plan_count", "created_at")
    list_filter = ("tax_code",)
    search_fields = ("name", "code", "=public_id")
    ordering = ("name", "id")
    fields = ("code", "name", "description", "tax_code")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Product]:
        return super().get_queryset(request).annotate(plan_count=Count("plans"))

    @admin.display(description="plans", ordering="plan_count")
    def plan_count(self, row: Any) -> int:
        return int(row.plan_count)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("code",) if obj else ()

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        fields = {name: form.cleaned_data[name] for name in form.changed_data}
        if change:
            update_product(product_id=obj.pk, changes=fields, at=clock.now())
        else:
            self.adopt(obj, create_product(at=clock.now(), **fields))
