from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from apps.audit.services.record import record_event
from apps.core import clock
from apps.core.errors import DomainError
from apps.plans.admin.base import CatalogAdmin, is_draft
from apps.plans.forms import PlanVersionForm, PriceForm
from apps.plans.models import MinimumCommitment, PlanVersion, Price, UsageThreshold
from apps.plans.services.publish_version import publication_faults, publish_version


class DraftInline(admin.options.InlineModelAdmin):
    """Rows of a version, which change while it is a draft."""

    extra = 0

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_draft(obj) and super().has_add_permission(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_draft(obj) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # The permission to change a draft is the permission to take a price out of it.
        return is_draft(obj) and super().has_change_permission(request, obj)


class CommitmentInline(DraftInline, admin.TabularInline):
    model = MinimumCommitment
    verbose_name_plural = "minimum commitment (minor units, one in each currency)"


class ThresholdInline(DraftInline, admin.TabularInline):
    model = UsageThreshold
    verbose_name_plural = "usage thresholds (minor units; reached, usage is billed at once)"


class PriceInline(DraftInline, admin.StackedInline):
    model = Price
    form = PriceForm
    show_change_link = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[Price]:
        return super().get_queryset(request).select_related("meter")


@admin.register(PlanVersion)
class PlanVersionAdmin(CatalogAdmin):
    form = PlanVersionForm
    list_display = ("__str__", "status", "trial_days", "price_count", "published_at")
    list_filter = ("status", "plan")
    list_select_related = ("plan",)
    search_fields = ("plan__name", "plan__code", "=public_id")
    ordering = ("plan", "-number")
    readonly_fields = ("plan", "number", "status", "published_at", "in_the_way")
    fieldsets: ClassVar = [
        (None, {"fields": ("plan", "number", "status", "published_at", "in_the_way")}),
        (
            "Terms",
            {
                "fields": (
                    "alignment",
                    "trial_days",
                    "trial_requires_card",
                    "trial_end",
                    "trial_end_plan",
                    "highlights",
                    "policies",
                )
            },
        ),
    ]
    inlines = (PriceInline, CommitmentInline, ThresholdInline)

    def get_queryset(self, request: HttpRequest) -> QuerySet[PlanVersion]:
        rows = super().get_queryset(request).select_related("plan", "trial_end_plan")
        return rows.annotate(price_count=Count("prices"))

    @admin.display(description="prices", ordering="price_count")
    def price_count(self, row: Any) -> int:
        return int(row.price_count)

    @admin.display(description="in the way of publishing")
    def in_the_way(self, row: PlanVersion) -> SafeString | str:
        if not is_draft(row):
            return "Published versions never change."
        faults = publication_faults(row)
        lines = format_html_join("", "<li>{}: {}</li>", ((f.field, f.message) for f in faults))
        return lines or "Nothing."

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        allowed = super().has_change_permission(request, obj)
        return allowed and (obj is None or is_draft(obj))

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        draft = form.instance
        data = {"plan": draft.plan.code, "number": draft.number}
        record_event(name="plan_version.revised", subject=draft, at=clock.now(), data=data)

    def get_urls(self) -> list[URLPattern]:
        publish = path(
            "<int:version_id>/publish/",
            self.admin_site.admin_view(self.publish),
            name="plans_planversion_publish",
        )
        return [publish, *super().get_urls()]

    def publish(self, request: HttpRequest, version_id: int) -> HttpResponse:
        """Ask, then put a draft on sale for good."""
        version = get_object_or_404(self.get_queryset(request), pk=version_id)
        if not self.has_change_permission(request):
            raise PermissionDenied
        if request.method == "POST":
            try:
                publish_version(version_id=version.pk, at=clock.now())
                messages.success(request, f"{version} is on sale.")
            except DomainError as error:
                messages.error(request, error.message)
            return redirect("admin:plans_planversion_change", version.pk)
        context = {
            **self.admin_site.each_context(request),
            "title": f"Publish {version}",
            "question": f"Put {version} on sale?",
            "effect": "It never changes again. New subscriptions take it; running ones keep their prices.",
            "faults": publication_faults(version) if is_draft(version) else [],
            "button": "Publish",
            "back_url": reverse("admin:plans_planversion_change", args=[version.pk]),
        }
        return TemplateResponse(request, "admin/plans/confirm.html", context)
