from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Max, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from apps.core import clock
from apps.core.errors import DomainError
from apps.plans.admin.base import CatalogAdmin
from apps.plans.enums import VersionStatus
from apps.plans.models import Plan, PlanVersion
from apps.plans.services.create_draft import create_draft
from apps.plans.services.create_plan import create_plan
from apps.plans.services.update_plan import update_plan


class VersionInline(admin.TabularInline):
    model = PlanVersion
    fk_name = "plan"
    extra = 0
    can_delete = False
    show_change_link = True
    fields = ("number", "status", "trial_days", "published_at")
    readonly_fields = fields

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Plan)
class PlanAdmin(CatalogAdmin):
    list_display = ("name", "code", "product", "is_free", "is_public", "on_sale", "archived_at")
    list_filter = ("is_public", "is_free", "product", ("archived_at", admin.EmptyFieldListFilter))
    list_select_related = ("product",)
    search_fields = ("name", "code", "=public_id")
    ordering = ("position", "id")
    fields = (
        "product",
        "code",
        "name",
        "description",
        "is_free",
        "is_public",
        "position",
        "brands",
        "archived_at",
    )
    filter_horizontal = ("brands",)
    inlines = (VersionInline,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Plan]:
        published = Q(versions__status=VersionStatus.PUBLISHED)
        newest = Max("versions__number", filter=published)
        return super().get_queryset(request).annotate(newest_number=newest)

    @admin.display(description="version on sale", ordering="newest_number")
    def on_sale(self, row: Any) -> str:
        return f"v{row.newest_number}" if row.newest_number else "–"

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        if obj is None:
            return ()
        published = obj.versions.filter(status=VersionStatus.PUBLISHED).exists()
        return ("code", "is_free") if published else ("code",)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        values = form.cleaned_data
        # Brands follow in save_related, as every many-to-many of the admin.
        if change:
            fields = {name: values[name] for name in form.changed_data if name != "brands"}
            update_plan(plan_id=obj.pk, changes=fields, at=clock.now())
        else:
            fields = {name: value for name, value in values.items() if name != "brands"}
            self.adopt(obj, create_plan(at=clock.now(), **fields))

    def get_urls(self) -> list[URLPattern]:
        draft = path("<int:plan_id>/draft/", self.admin_site.admin_view(self.draft), name="plans_plan_draft")
        return [draft, *super().get_urls()]

    def draft(self, request: HttpRequest, plan_id: int) -> HttpResponse:
        """Ask, then open the next version of a plan."""
        plan = get_object_or_404(Plan, pk=plan_id)
        if not self.has_change_permission(request, plan):
            raise PermissionDenied
        drafted = plan.versions.filter(status=VersionStatus.DRAFT).first()
        if drafted is not None:
            return redirect("admin:plans_planversion_change", drafted.pk)
        if request.method == "POST":
            try:
                drafted = create_draft(plan_id=plan.pk, at=clock.now())
            except DomainError as error:
                messages.error(request, error.message)
                return redirect("admin:plans_plan_change", plan.pk)
            messages.success(request, f"{drafted} is a draft: change it, then publish it.")
            return redirect("admin:plans_planversion_change", drafted.pk)
        context = {
            **self.admin_site.each_context(request),
            "title": f"New version of {plan}",
            "question": "Open a draft with the terms and prices that are on sale now?",
            "effect": "Nothing that customers see changes until the draft is published.",
            "button": "Open the draft",
            "back_url": reverse("admin:plans_plan_change", args=[plan.pk]),
        }
        return TemplateResponse(request, "admin/plans/confirm.html", context)
