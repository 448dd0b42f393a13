from __future__ import annotations

from collections.abc import Callable
from typing import Any

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from apps.audit.actor import SYSTEM, Actor, acting_as
from apps.audit.enums import ActorType

GetResponse = Callable[[HttpRequest], HttpResponse]


class ActorMiddleware:
    """Names the logged-in person as the actor of the events of the request; an API key names itself later."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with acting_as(_actor_of(request)):
            return self.get_response(request)


def _actor_of(request: HttpRequest) -> Actor:
    # Without a session cookie there is nobody to look up: probes and API requests cost no query here.
    if settings.SESSION_COOKIE_NAME not in request.COOKIES or not request.user.is_authenticated:
        return SYSTEM
    role = "Staff" if request.user.is_staff else "User"
    return Actor(ActorType.USER, str(request.user.pk), f"{role} {request.user.pk}")


class StaffMfaMiddleware:
    """Staff without a second factor see neither the staff pages nor the admin: they are led to set one up.

    Who has one was asked for it at login (allauth), so being enrolled is enough here.
    """

    guarded = frozenset({"admin", "backoffice"})

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, args: list[Any], kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        match = request.resolver_match
        if match is None or not self.guarded.intersection(match.namespaces):
            return None
        user = request.user
        if not (settings.STAFF_MFA_REQUIRED and user.is_authenticated and user.is_staff):
            return None
        if is_mfa_enabled(user):
            return None
        messages.warning(request, _("Staff need a second factor: set one up to go on."))
        return redirect("mfa_activate_totp")
