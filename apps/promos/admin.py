from __future__ import annotations

from abc import abstractmethod
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join

from apps.core import clock
from apps.core.read_only_admin import ReadOnlyAdmin, ReadOnlyInline
from apps.core.templatetags.formatting import day, money
from apps.customers.selectors import now_for
from apps.promos.enums import CouponDuration
from apps.promos.forms import CouponForm, NewCouponForm, PromotionCodeForm, new_coupon
from apps.promos.models import Coupon, CouponAmount, CouponUse, PromotionCode, Redemption
from apps.promos.services.create_coupon import create_coupon
from apps.promos.services.create_promotion_code import create_promotion_code
from apps.promos.services.delete_coupon import delete_coupon
from apps.promos.services.delete_promotion_code import delete_promotion_code
from apps.promos.services.end_redemption import end_redemption
from apps.promos.services.update_coupon import update_coupon
from apps.promos.services.update_promotion_code import update_promotion_code
from apps.promos.validation import LIMITS, RedeemLimits

FROM_TO = ("starts_at", "ends_at")


class LimitedAdmin(admin.ModelAdmin):
    """Saved by services; what was redeemed is archived, never deleted."""

    show_full_result_count = False
    actions = ("archive", "take_out_of_archive")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return obj is not None and not obj.redeemed_count and super().has_delete_permission(request, obj)

    @admin.display(description="redeemed", ordering="redeemed_count")
    def redeemed(self, row: Any) -> str:
        return f"{row.redeemed_count} of {row.max_redemptions or '∞'}"

    @admin.action(description="Archive: nobody can redeem it any more", permissions=["change"])
    def archive(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        self.update_each(request, queryset, archived=True)

    @admin.action(description="Take out of the archive", permissions=["change"])
    def take_out_of_archive(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        self.update_each(request, queryset, archived=False)

    def update_each(self, request: HttpRequest, queryset: QuerySet[Any], *, archived: bool) -> None:
        for row in queryset:
            self.update_row(row.pk, {"archived": archived})
        said = "archived; what was redeemed goes on" if archived else "redeemable again"
        messages.success(request, f"{len(queryset)} {said}.")

    @abstractmethod
    def update_row(self, pk: int, changes: dict[str, Any]) -> None:
        """Change a coupon or a code by its service."""

    def adopt(self, obj: Any, created: Any) -> None:
        """Let the admin go on with the row that a service has made."""
        obj.pk, obj.public_id = created.pk, created.public_id
        obj._state.adding = False


@admin.register(Coupon)
class CouponAdmin(LimitedAdmin):
    form = CouponForm
    list_display = (
        "name",
        "code",
        "takes_off",
        "lasts",
        "limited_to",
        "redeemed",
        *FROM_TO,
        "livemode",
        "archived_at",
    )
    list_filter = (
        "livemode",
        "brand",
        "type",
        "duration",
        "combinable",
        ("archived_at", admin.EmptyFieldListFilter),
    )
    search_fields = ("name", "code", "=public_id")
    ordering = ("-created_at", "-id")
    filter_horizontal = ("plans", "products", "meters")
    shown = (
        "public_id",
        "brand",
        "livemode",
        "code",
        "takes_off",
        "lasts",
        "combinable",
        "limited_to",
        "minimum",
        "redeemed",
        "archived_at",
        "created_at",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Coupon]:
        return super().get_queryset(request).prefetch_related("amounts", "plans", "products", "meters")

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        return super().get_form(request, obj, change, **kwargs | ({} if obj else {"form": NewCouponForm}))

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return (*CouponForm.Meta.fields, *self.shown) if obj else NewCouponForm.Meta.fields

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return self.shown if obj else ()

    @admin.display(description="takes off")
    def takes_off(self, row: Coupon) -> Any:
        if row.percent is not None:
            return f"{row.percent.normalize():f} %"
        return _amounts(money(each.amount_minor, each.currency) for each in row.amounts.all())

    @admin.display(description="minimum, currencies")
    def minimum(self, row: Coupon) -> Any:
        return _amounts(money(each.minimum_minor, each.currency) for each in row.amounts.all()) or "–"

    @admin.display(description="lasts", ordering="duration")
    def lasts(self, row: Coupon) -> str:
        if row.duration == CouponDuration.REPEATING:
            return f"{row.duration_invoices} invoices"
        return row.get_duration_display()

    @admin.display(description="limited to")
    def limited_to(self, row: Coupon) -> str:
        named = [*row.plans.all(), *row.products.all(), *row.meters.all()]
        return ", ".join(str(each) for each in named) or "everything"

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if change:
            self.update_row(obj.pk, {name: form.cleaned_data[name] for name in form.changed_data})
            return
        made = create_coupon(
            brand=obj.brand, livemode=obj.livemode, new=new_coupon(form.cleaned_data), at=clock.now()
        )
        self.adopt(obj, made)

    def update_row(self, pk: int, changes: dict[str, Any]) -> None:
        update_coupon(coupon_id=pk, changes=changes, at=clock.now())

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        delete_coupon(coupon_id=obj.pk, at=clock.now())


@admin.register(CouponAmount)
class CouponAmountAdmin(ReadOnlyAdmin):
    list_display = ("coupon", "currency", "amount", "minimum")
    list_filter = ("currency",)
    list_select_related = ("coupon",)
    search_fields = ("coupon__code", "=coupon__public_id")
    ordering = ("-id",)

    @admin.display(description="takes off", ordering="amount_minor")
    def amount(self, row: CouponAmount) -> Any:
        return money(row.amount_minor, row.currency)

    @admin.display(description="minimum", ordering="minimum_minor")
    def minimum(self, row: CouponAmount) -> Any:
        return money(row.minimum_minor, row.currency)


@admin.register(PromotionCode)
class PromotionCodeAdmin(LimitedAdmin):
    form = PromotionCodeForm
    list_display = (
        "code",
        "coupon",
        "customer",
        "first_purchase_only",
        "redeemed",
        *FROM_TO,
        "livemode",
        "archived_at",
    )
    list_filter = (
        "livemode",
        "brand",
        "first_purchase_only",
        ("archived_at", admin.EmptyFieldListFilter),
    )
    list_select_related = ("coupon", "customer")
    search_fields = ("code", "=public_id", "coupon__code", "coupon__name")
    ordering = ("-created_at", "-id")
    raw_id_fields = ("coupon", "customer")
    shown = ("public_id", "redeemed", "archived_at", "created_at")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return (*PromotionCodeForm.Meta.fields, *(self.shown if obj else ()))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("coupon", "code", "customer", *self.shown) if obj else ()

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        values = form.cleaned_data
        if change:
            self.update_row(obj.pk, {name: values[name] for name in form.changed_data})
            return
        made = create_promotion_code(
            coupon=values["coupon"],
            code=values["code"],
            customer=values["customer"],
            first_purchase_only=values["first_purchase_only"],
            limits=RedeemLimits(**{name: values[name] for name in LIMITS}),
            at=clock.now(),
        )
        self.adopt(obj, made)

    def update_row(self, pk: int, changes: dict[str, Any]) -> None:
        update_promotion_code(code_id=pk, changes=changes, at=clock.now())

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        delete_promotion_code(code_id=obj.pk, at=clock.now())


class UseInline(ReadOnlyInline):
    model = CouponUse
    fields = ("at", "reference_id", "amount", "released_at")
    readonly_fields = fields
    ordering = ("-id",)

    @admin.display(description="took off")
    def amount(self, row: CouponUse) -> Any:
        return money(row.amount_minor, row.currency)


@admin.register(Redemption)
class RedemptionAdmin(ReadOnlyAdmin):
    """Who has redeemed what; redeeming for a customer is a staff page and an endpoint."""

    actions = ("end",)  # type: ignore[assignment]
    list_display = ("customer", "coupon", "promotion_code", "redeemed_on", "left", "ended")
    list_filter = ("livemode", "brand", "end_reason", ("ended_at", admin.EmptyFieldListFilter))
    list_select_related = ("customer", "coupon", "promotion_code", "subscription")
    search_fields = ("=public_id", "customer__name", "=customer__public_id", "=coupon__code")
    ordering = ("-id",)
    inlines: ClassVar = [UseInline]

    @admin.display(description="left")
    def left(self, row: Redemption) -> Any:
        if row.left_minor is not None:
            return money(row.left_minor, row.left_currency)
        return "–" if row.uses_left is None else f"{row.uses_left} invoices"

    @admin.display(description="redeemed", ordering="redeemed_at")
    def redeemed_on(self, row: Redemption) -> Any:
        return day(row.redeemed_at)

    @admin.display(description="ended", ordering="ended_at")
    def ended(self, row: Redemption) -> Any:
        if row.ended_at is None:
            return "–"
        return format_html("{}, {}", day(row.ended_at), row.get_end_reason_display().lower())

    def has_end_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("promos.change_redemption")

    @admin.action(description="End: take nothing off from now on", permissions=["end"])
    def end(self, request: HttpRequest, queryset: QuerySet[Redemption]) -> None:
        for row in queryset.select_related("customer__test_clock"):
            end_redemption(redemption_id=row.pk, at=now_for(row.customer))
        messages.success(request, f"{len(queryset)} ended; what they took off stays.")


@admin.register(CouponUse)
class CouponUseAdmin(ReadOnlyAdmin):
    list_display = ("at", "redemption", "reference_id", "amount", "released_at")
    list_filter = (("released_at", admin.EmptyFieldListFilter), "currency")
    list_select_related = ("redemption",)
    search_fields = ("=reference_id", "=redemption__public_id")
    ordering = ("-id",)

    @admin.display(description="took off", ordering="amount_minor")
    def amount(self, row: CouponUse) -> Any:
        return money(row.amount_minor, row.currency)


def _amounts(written: Any) -> Any:
    return format_html_join(", ", "{}", ((each,) for each in written))
