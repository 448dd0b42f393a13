"""The door for the gateways' messages."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from apps.core import clock
from apps.core.api.problems import problem_response
from apps.core.errors import DomainError
from apps.core.jobs import enqueue
from apps.payments.gateways.registry import GATEWAYS
from apps.payments.services.receive_event import receive_event

# Stripe's events are a few kilobytes; nobody unknown may make us read more.
MAX_BODY_BYTES = 256 * 1024


@csrf_exempt
@require_POST
def gateway_webhook(request: HttpRequest, gateway: str) -> HttpResponse:
    """Store a signed message and ring; 200 says that it is kept, not that anything was done about it."""
    if gateway not in GATEWAYS:
        return HttpResponse(status=404)
    try:
        length = int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return HttpResponse(status=400)
    if length > MAX_BODY_BYTES:
        return HttpResponse(status=413)
    body = request.read(MAX_BODY_BYTES + 1)
    if len(body) > MAX_BODY_BYTES:
        return HttpResponse(status=413)
    try:
        receive_event(
            gateway=gateway,
            body=body,
            headers={name.lower(): value for name, value in request.headers.items()},
            received_at=clock.now(),
        )
    except DomainError as error:
        return problem_response(error)
    enqueue("billing.process_inbox")
    return HttpResponse(status=200)
