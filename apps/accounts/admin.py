from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as StockUserAdmin
from django.http import HttpRequest

from apps.accounts.models import ApiKey, Brand, User
from apps.core import clock
from apps.core.read_only_admin import ReadOnlyAdmin


@admin.register(Brand)
class BrandAdmin(admin.ModelAdmin):
    """A new brand is made here; everyday settings have their own staff page."""

    list_display = ("name", "code", "legal_name", "country", "default_currency", "invoice_prefix")
    search_fields = ("name", "code", "legal_name")
    ordering = ("name",)
    exclude = ("logo_png", "created_at")
    readonly_fields = ("public_id",)

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).defer("logo_png")

    def get_readonly_fields(self, request: HttpRequest, obj: Brand | None = None) -> Any:
        # Number series, books and gateways are keyed by the brand; links name its code.
        return ("public_id",) if obj is None else ("public_id", "code")

    def save_model(self, request: HttpRequest, obj: Brand, form: Any, change: bool) -> None:
        if not change:
            obj.created_at = clock.now()
            obj.save()
        elif form.changed_data:
            obj.save(update_fields=form.changed_data)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class NewUserForm(forms.ModelForm):
    """A person without a password: they choose one by "Forgot your password?"."""

    class Meta:
        model = User
        fields = ("email", "name")

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).lower()

    def save(self, commit: bool = True) -> User:
        user: User = super().save(commit=False)
        user.set_unusable_password()
        user.date_joined = clock.now()
        if commit:
            user.save()
        return user


@admin.register(User)
class UserAdmin(StockUserAdmin):
    """People and their staff roles. Passwords are never set for somebody else."""

    add_form = NewUserForm
    list_display = ("email", "name", "is_staff", "is_superuser", "is_active", "last_login")
    list_filter = ("is_staff", "is_superuser", "is_active", "groups")
    search_fields = ("email", "name")
    ordering = ("email",)
    readonly_fields = ("last_login", "date_joined")
    fieldsets = (
        (None, {"fields": ("email", "name")}),
        ("Staff", {"fields": ("is_active", "is_staff", "is_superuser", "groups")}),
        ("Seen", {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = ((None, {"fields": ("email", "name")}),)
    filter_horizontal = ("groups",)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # Somebody who leaves is made inactive: what they did keeps its author.
        return False


@admin.register(ApiKey)
class ApiKeyAdmin(ReadOnlyAdmin):
    """Keys are made and revoked on their staff page, where a new one is shown once."""

    list_display = ("name", "prefix", "brand", "livemode", "kind", "created_at", "last_used_at", "revoked_at")
    list_filter = ("livemode", "kind", "brand")
    list_select_related = ("brand",)
    search_fields = ("name", "=prefix", "=public_id")
    ordering = ("-created_at", "-id")
    exclude = ("key_hash",)
