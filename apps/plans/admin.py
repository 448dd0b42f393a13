from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Max, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from apps.audit.services.record import record_event
from apps.core import clock
from apps.core.admin_columns import money_column
from apps.core.errors import DomainError
from apps.core.read_only_admin import ReadOnlyAdmin
from apps.plans.enums import VersionStatus
from apps.plans.forms import MeterForm, PlanVersionForm, PriceForm
from apps.plans.models import (
    Meter,
    MinimumCommitment,
    Plan,
    PlanVersion,
    Price,
    Product,
    UsageThreshold,
)
from apps.plans.preview import price_preview
from apps.plans.services.create_draft import create_draft
from apps.plans.services.create_meter import create_meter
from apps.plans.services.create_plan import create_plan
from apps.plans.services.create_product import create_product
from apps.plans.services.publish_version import publication_faults, publish_version
from apps.plans.services.update_meter import COUNTING, update_meter
from apps.plans.services.update_plan import update_plan
from apps.plans.services.update_product import update_product


class CatalogAdmin(admin.ModelAdmin):
    """Saved by services, so that the log tells; nothing of the catalog is ever deleted."""

    show_full_result_count = False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def adopt(self, obj: Any, created: Any) -> None:
        """Let the admin go on with the row that a service has made."""
        obj.pk, obj.public_id = created.pk, created.public_id
        obj._state.adding = False


@admin.register(Product)
class ProductAdmin(CatalogAdmin):
    list_display = ("name", "code", "plan_count", "created_at")
    search_fields = ("name", "code", "=public_id")
    ordering = ("name", "id")
    fields = ("code", "name", "description")

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


class DraftInline(admin.options.InlineModelAdmin):
    """Rows of a version, which change while it is a draft."""

    extra = 0

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _is_draft(obj) and super().has_add_permission(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _is_draft(obj) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # The permission to change a draft is the permission to take a price out of it.
        return _is_draft(obj) and super().has_change_permission(request, obj)


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
        if not _is_draft(row):
            return "Published versions never change."
        faults = publication_faults(row)
        lines = format_html_join("", "<li>{}: {}</li>", ((f.field, f.message) for f in faults))
        return lines or "Nothing."

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        allowed = super().has_change_permission(request, obj)
        return allowed and (obj is None or _is_draft(obj))

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
            "faults": publication_faults(version) if _is_draft(version) else [],
            "button": "Publish",
            "back_url": reverse("admin:plans_planversion_change", args=[version.pk]),
        }
        return TemplateResponse(request, "admin/plans/confirm.html", context)


@admin.register(Price)
class PriceAdmin(CatalogAdmin):
    form = PriceForm
    list_display = ("name", "code", "version", "currency", "model", "quantity_source", "interval", "timing")
    list_filter = ("version__status", "model", "currency", "quantity_source", "version__plan")
    list_select_related = ("version__plan", "meter")
    search_fields = ("name", "code", "=public_id", "version__plan__code")
    ordering = ("-id",)
    readonly_fields = ("version", "preview")
    fields = ("version", *PriceForm.Meta.fields, "preview")

    @admin.display(description="what it costs")
    def preview(self, row: Price) -> str:
        context = {"price": row, "rows": price_preview(row)}
        return render_to_string("admin/plans/_price_preview.html", context)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        allowed = super().has_change_permission(request, obj)
        return allowed and (obj is None or _is_draft(obj.version))


class VersionRowAdmin(ReadOnlyAdmin):
    """To look for across versions: such rows are edited with their draft."""

    list_filter = ("currency", "version__status", "version__plan")
    list_select_related = ("version__plan",)
    search_fields = ("=version__public_id", "version__plan__code")
    ordering = ("-id",)
    amount = money_column("amount_minor")


@admin.register(MinimumCommitment)
class MinimumCommitmentAdmin(VersionRowAdmin):
    list_display = ("name", "version", "amount")


@admin.register(UsageThreshold)
class UsageThresholdAdmin(VersionRowAdmin):
    list_display = ("version", "amount", "is_recurring")


def _is_draft(version: PlanVersion | None) -> bool:
    return version is not None and version.status == VersionStatus.DRAFT
