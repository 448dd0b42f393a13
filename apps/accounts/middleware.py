from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

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
