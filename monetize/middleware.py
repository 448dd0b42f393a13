"""Two headers: one that every answer carries, one that no request may."""

from __future__ import annotations

from collections.abc import Callable

import structlog
from django.http import HttpRequest, HttpResponse

GetResponse = Callable[[HttpRequest], HttpResponse]


class RequestIdHeader:
    """Puts the id that the log lines carry on the answer, as `Request-Id`."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        request_id = structlog.contextvars.get_contextvars().get("request_id")
        if request_id:
            response.headers["Request-Id"] = str(request_id)
        return response


class DropWebhookSecretHeader:
    """Removes a header with which dj-stripe lets a caller choose the webhook secret while DEBUG is on."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.META.pop("HTTP_X_DJSTRIPE_WEBHOOK_SECRET", None)
        return self.get_response(request)
