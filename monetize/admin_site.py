"""What other packages bring to the admin, made safe: no secrets on pages, no hand on the gateway's mirror."""

from __future__ import annotations

from typing import Any

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib import admin
from djstripe.models import APIKey, WebhookEndpoint

from apps.core.read_only_admin import ReadOnlyAdmin

# They show and take the gateway's secrets in plain text: those come from the environment only.
HIDDEN = (APIKey, WebhookEndpoint)


class AuthenticatorAdmin(ReadOnlyAdmin):
    """Who has which second factor; it is taken away here when a phone is lost. Its secret is not shown."""

    list_display = ("user", "type", "created_at", "last_used_at")
    list_filter = ("type",)
    list_select_related = ("user",)
    search_fields = ("user__email",)
    ordering = ("-id",)
    exclude = ("data",)

    def has_delete_permission(self, request: Any, obj: Any = None) -> bool:
        return bool(request.user.is_superuser)


class UserSessionAdmin(ReadOnlyAdmin):
    """Where people are signed in, without the key that would be their session."""

    list_display = ("user", "ip", "user_agent", "created_at", "last_seen_at")
    list_select_related = ("user",)
    search_fields = ("user__email", "=ip")
    ordering = ("-id",)
    exclude = ("session_key", "data")


def harden_admin() -> None:
    """Called once every app has registered its models."""
    for model in HIDDEN:
        if admin.site.is_registered(model):
            admin.site.unregister(model)
    for model, safe in ((Authenticator, AuthenticatorAdmin), (UserSession, UserSessionAdmin)):
        admin.site.unregister(model)
        admin.site.register(model, safe)
    for model, page in admin.site._registry.items():
        if model._meta.app_label == "djstripe":
            _make_read_only(page)


def _make_read_only(page: Any) -> None:
    """The mirror follows the gateway: a row changed by hand would only lie about it."""
    page.has_add_permission = _refuse
    page.has_change_permission = _refuse
    page.has_delete_permission = _refuse
    page.actions = None


def _refuse(request: Any, obj: Any = None) -> bool:
    return False
