from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import NoReverseMatch, reverse

from apps.core import clock
from apps.core.read_only_admin import ReadOnlyAdmin
from apps.customers.enums import MemberRole
from apps.customers.forms import CustomerForm, MemberFormSet
from apps.customers.models import Consent, Customer, Invitation, Member, TestClock
from apps.customers.profile import PROFILE_FIELDS
from apps.customers.selectors import now_for
from apps.customers.services.add_member import add_member
from apps.customers.services.change_role import change_role
from apps.customers.services.create_customer import create_customer
from apps.customers.services.remove_member import remove_member
from apps.customers.services.update_customer import update_customer


class MemberInline(admin.TabularInline):
    model = Member
    formset = MemberFormSet
    extra = 0
    fields = ("user", "role", "created_at")
    readonly_fields = ("created_at",)
    raw_id_fields = ("user",)

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("user")


@admin.register(Customer)
class CustomerAdmin(admin.ModelAdmin):
    form = CustomerForm
    list_display = (
        "name",
        "email",
        "external_id",
        "brand",
        "livemode",
        "country",
        "currency",
        "test_clock",
        "created_at",
    )
    list_filter = ("brand", "livemode", "currency", "country", "test_clock__status")
    list_select_related = ("brand", "test_clock")
    search_fields = ("name", "email", "=external_id", "=public_id")
    search_help_text = "Part of a name or address, or a whole id."
    show_full_result_count = False
    ordering = ("-created_at", "-id")
    inlines = (MemberInline,)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        # Both stand in every unique key of what hangs on the customer.
        return ("brand", "livemode", "public_id", "test_clock", "created_at") if obj else ()

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        shown = ("public_id", "test_clock", "created_at") if obj else ()
        return (*CustomerForm.Meta.fields, *shown)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        context = (extra_context or {}) | {"overview_url": _overview_url(object_id)}
        return super().change_view(request, object_id, form_url, context)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        values = form.cleaned_data
        if change:
            changes = {name: values[name] for name in form.changed_data if name in PROFILE_FIELDS}
            if "tax_exempt" in changes:
                changes["tax_exempt_reason"] = values["tax_exempt_reason"]
            update_customer(customer_id=obj.pk, changes=changes, at=now_for(obj))
            return
        profile = {name: values[name] for name in PROFILE_FIELDS if name in values}
        created = create_customer(
            brand=values["brand"], livemode=values["livemode"], at=clock.now(), **profile
        )
        obj.pk, obj.public_id = created.pk, created.public_id
        obj._state.adding = False

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """Members by their services: whoever joins or rises comes before whoever leaves or steps down."""
        formset.save(commit=False)
        now = clock.now()
        for member in formset.new_objects:
            role = MemberRole(member.role)
            add_member(customer=form.instance, user=member.user, role=role, at=now)
        changed = [member for member, _ in formset.changed_objects]
        for member in sorted(changed, key=lambda m: m.role != MemberRole.OWNER):
            change_role(member_id=member.pk, role=MemberRole(member.role), at=now)
        for member in formset.deleted_objects:
            remove_member(member_id=member.pk, at=now)


def _overview_url(object_id: str) -> str:
    public_id = Customer.objects.filter(pk=object_id).values_list("public_id", flat=True).first()
    try:
        return reverse("backoffice:customer", args=[public_id])
    except NoReverseMatch:
        return ""


@admin.register(TestClock)
class TestClockAdmin(ReadOnlyAdmin):
    list_display = ("__str__", "brand", "status", "now_at", "target_at", "created_at")
    list_filter = ("status", "brand")
    list_select_related = ("brand",)
    search_fields = ("name", "=public_id")
    ordering = ("-created_at", "-id")


@admin.register(Invitation)
class InvitationAdmin(ReadOnlyAdmin):
    list_display = ("email", "customer", "role", "created_at", "expires_at", "accepted_at", "withdrawn_at")
    list_filter = ("role",)
    list_select_related = ("customer",)
    search_fields = ("=email", "customer__name")
    ordering = ("-created_at", "-id")


@admin.register(Consent)
class ConsentAdmin(ReadOnlyAdmin):
    list_display = ("given_at", "customer", "kind", "given_by", "subject")
    list_filter = ("kind",)
    list_select_related = ("customer", "given_by")
    search_fields = ("customer__name", "=subject", "=public_id")
    ordering = ("-given_at", "-id")
