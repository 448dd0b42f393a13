from __future__ import annotations

from abc import abstractmethod
from datetime import date
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.forms.models import construct_instance
from django.http import HttpRequest

from apps.core import clock
from apps.core.errors import DomainError
from apps.core.read_only_admin import ReadOnlyAdmin
from apps.customers.selectors import now_for
from apps.taxes.enums import ConsumersAbroad, RateKind, RateLevel, Scheme, UncheckedId
from apps.taxes.models import LocationEvidence, TaxIdCheck, TaxRate, TaxRegistration
from apps.taxes.services.change_registration import CHANGEABLE, change_registration
from apps.taxes.services.end_rate import end_rate
from apps.taxes.services.open_tax_id_check import open_tax_id_check
from apps.taxes.services.register_brand import RegistrationInput, register_brand
from apps.taxes.services.set_rate import RateKey, set_rate


class ServiceForm(forms.ModelForm):
    """Saves by a service while it is validated, so that a refusal stands beside its field."""

    saved: Any = None

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        if not self.errors:
            try:
                self.saved = self.save_by_service(values)
            except DomainError as refused:
                field = refused.field if refused.field in self.fields else None
                self.add_error(field, refused.message)
        return values

    @abstractmethod
    def save_by_service(self, values: dict[str, Any]) -> Any:
        """Save what was entered, or raise the service's refusal; the row that was saved."""

    def _post_clean(self) -> None:
        """Take the values over, no more: the model's own checks would find the row that was just saved."""
        self.instance = construct_instance(self, self.instance, self._meta.fields, self._meta.exclude)


class RegistrationForm(ServiceForm):
    region = forms.CharField(required=False, max_length=60, help_text="State of India or the US.")

    class Meta:
        model = TaxRegistration
        fields = (
            "brand",
            "country",
            "region",
            "scheme",
            "number",
            "unchecked_ids",
            "consumers_abroad",
            "valid_from",
            "valid_to",
        )

    def save_by_service(self, values: dict[str, Any]) -> TaxRegistration:
        now = clock.now()
        if self.instance.pk is not None:
            changes = {name: values[name] for name in self.changed_data if name in CHANGEABLE}
            return change_registration(registration_id=self.instance.pk, changes=changes, at=now)
        registration = RegistrationInput(
            country=values["country"],
            scheme=Scheme(values["scheme"]),
            valid_from=values["valid_from"],
            number=values["number"],
            region=values["region"],
            valid_to=values["valid_to"],
            unchecked_ids=UncheckedId(values["unchecked_ids"]),
            consumers_abroad=ConsumersAbroad(values["consumers_abroad"]),
        )
        return register_brand(brand=values["brand"], registration=registration, at=now)


class RateForm(ServiceForm):
    class Meta:
        model = TaxRate
        fields = (
            "country",
            "region",
            "level",
            "postal_prefix",
            "city",
            "tax_code",
            "kind",
            "name",
            "percent",
            "valid_from",
            "valid_to",
            "source",
        )

    def save_by_service(self, values: dict[str, Any]) -> TaxRate:
        now = clock.now()
        if self.instance.pk is not None:
            return end_rate(rate_id=self.instance.pk, valid_to=values["valid_to"], at=now)
        key = RateKey(
            country=values["country"].upper(),
            tax_code=values["tax_code"],
            region=values["region"].upper(),
            level=RateLevel(values["level"]),
            postal_prefix=values["postal_prefix"],
            city=values["city"],
            name=values["name"],
        )
        return set_rate(
            key=key,
            percent=values["percent"],
            valid_from=values["valid_from"],
            at=now,
            kind=RateKind(values["kind"]),
            source=values["source"],
        )


class InForceFilter(admin.SimpleListFilter):
    """What holds today, is over, or is to come."""

    title = "in force"
    parameter_name = "in_force"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("now", "Today"), ("past", "Over"), ("future", "To come")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        today: date = clock.now().date()
        match self.value():
            case "now":
                return queryset.filter(Q(valid_to=None) | Q(valid_to__gt=today), valid_from__lte=today)
            case "past":
                return queryset.filter(valid_to__lte=today)
            case "future":
                return queryset.filter(valid_from__gt=today)
        return queryset


class ServiceAdmin(admin.ModelAdmin):
    """Rows that a service has saved by the time the admin wants to; they are ended, never deleted."""

    show_full_result_count = False

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        obj.pk, obj.public_id = form.saved.pk, form.saved.public_id
        obj._state.adding = False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(TaxRegistration)
class TaxRegistrationAdmin(ServiceAdmin):
    """Where brands collect tax: adding one taxes the invoices from its first day on."""

    form = RegistrationForm
    list_display = ("brand", "country", "region", "scheme", "number", "valid_from", "valid_to")
    list_filter = (InForceFilter, "brand", "scheme")
    list_select_related = ("brand",)
    search_fields = ("=number", "=country", "=public_id")
    ordering = ("brand__name", "country", "region", "-valid_from")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        if obj is None:
            return ()
        return tuple(name for name in RegistrationForm.Meta.fields if name not in CHANGEABLE)


@admin.register(TaxRate)
class TaxRateAdmin(ServiceAdmin):
    """Dated history: another percentage is another row, and the one before ends on its first day."""

    form = RateForm
    list_display = (
        "jurisdiction",
        "level",
        "tax_code",
        "shown_percent",
        "name",
        "place",
        "valid_from",
        "valid_to",
        "source",
    )
    list_filter = (InForceFilter, "kind", "level", "tax_code", "country")
    search_fields = ("=country", "=region", "name", "city", "=public_id")
    ordering = ("country", "region", "level", "tax_code", "-valid_from")

    @admin.display(description="percent", ordering="percent")
    def shown_percent(self, row: TaxRate) -> str:
        return f"{row.percent.normalize():f} %"

    @admin.display(description="only in")
    def place(self, row: TaxRate) -> str:
        return " ".join(part for part in (row.postal_prefix and f"{row.postal_prefix}…", row.city) if part)

    def get_exclude(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        # The end of a new rate is the beginning of the next.
        return () if obj else ("valid_to",)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return tuple(name for name in RateForm.Meta.fields if name != "valid_to") if obj else ()


@admin.register(TaxIdCheck)
class TaxIdCheckAdmin(ReadOnlyAdmin):
    """Questions to registers and their answers, which stay as evidence."""

    list_display = (
        "number",
        "customer",
        "status",
        "source",
        "consultation_number",
        "answered_at",
        "next_ask_at",
        "problem",
    )
    list_filter = ("status", "source", "kind")
    list_select_related = ("customer",)
    search_fields = ("=number", "=consultation_number", "=customer__public_id", "customer__name")
    ordering = ("-id",)
    actions = ("check_again",)  # type: ignore[assignment]

    @admin.action(description="Ask the register again", permissions=["check"])
    def check_again(self, request: HttpRequest, queryset: QuerySet[TaxIdCheck]) -> None:
        asked = 0
        for check in queryset.select_related("customer__test_clock").order_by("pk"):
            try:
                open_tax_id_check(customer_id=check.customer_id, at=now_for(check.customer))
            except DomainError as refused:
                messages.warning(request, f"{check.number}: {refused.message}")
                continue
            asked += 1
        messages.success(request, f"{asked} to be asked about soon; until then the last answer holds.")

    def has_check_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("taxes.change_taxidcheck"))


@admin.register(LocationEvidence)
class LocationEvidenceAdmin(ReadOnlyAdmin):
    """What placed customers where; what contradicts the billing address is for staff to look into."""

    list_display = ("customer", "billing_country", "kind", "country", "first_seen_at", "seen_at")
    list_filter = ("kind", "country")
    list_select_related = ("customer",)
    search_fields = ("=customer__public_id", "customer__name")
    ordering = ("-seen_at", "-id")

    @admin.display(description="billing address", ordering="customer__country")
    def billing_country(self, row: LocationEvidence) -> str:
        return row.customer.country
