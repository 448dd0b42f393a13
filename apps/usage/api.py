from __future__ import annotations

from collections import Counter
from typing import Any

import msgspec
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.authentication import key_from_request
from apps.accounts.errors import ApiKeyInvalid
from apps.accounts.models import ApiKey
from apps.core import clock
from apps.core.api.credentials import scope_allows
from apps.core.api.problems import Problem, problem_response
from apps.core.api.views import ApiView, ScopeMissing
from apps.core.errors import DomainError
from apps.customers.selectors import get_customer, now_for
from apps.usage.enums import IntakeOutcome
from apps.usage.incoming import EventAnswer
from apps.usage.intake_format import read_body
from apps.usage.selectors import daily_values, get_meter, meter_groups, meter_value
from apps.usage.serializers import MeterUsageQuery, MeterUsageSerializer
from apps.usage.services.ingest import ingest_events

INTAKE_SCOPE = "events:write"
TOO_LARGE = Problem(413, "too_large", "Too large", "A request has at most 5 MB: send fewer events.")
WRONG_METHOD = Problem(
    405, "method_not_allowed", "Method not allowed", "Send events by POST.", headers={"Allow": "POST"}
)
# A request of one event answers with the event's own status.
SINGLE_STATUS = {IntakeOutcome.INVALID: 422, IntakeOutcome.CONFLICT: 409}

_encoder = msgspec.json.Encoder()


@csrf_exempt
def receive_events(request: HttpRequest) -> HttpResponse:
    """POST /api/v1/events, without DRF: one request carries up to 1,000 events.

    200 as soon as the request itself is well-formed, with one result per event; only a request of a single
    event answers 409 or 422 for it. What was accepted is committed before the answer.
    """
    if request.method != "POST":
        return problem_response(WRONG_METHOD)
    try:
        return _receive(request)
    except RequestDataTooBig:
        return problem_response(TOO_LARGE)
    except DomainError as error:
        response = problem_response(error)
        if error.status == 401:
            response.headers["WWW-Authenticate"] = 'Bearer realm="api"'
        return response


def _receive(request: HttpRequest) -> HttpResponse:
    key = _intake_key(request)
    intake = read_body(request.body)
    stored = ingest_events(
        brand_id=key.brand_id, livemode=key.livemode, events=intake.events, received_at=clock.now()
    )
    placed = [
        msgspec.structs.replace(answer, index=place) if answer.index != place else answer
        for place, answer in zip(intake.places, stored, strict=True)
    ]
    answers = sorted([*placed, *intake.refused], key=lambda answer: answer.index)
    if intake.is_single and answers[0].errors:
        return problem_response(_single_problem(answers[0]))
    return HttpResponse(_encoder.encode(_summary(answers)), content_type="application/json")


def _intake_key(request: HttpRequest) -> ApiKey:
    key = key_from_request(request)
    if key is None:
        raise ApiKeyInvalid("Send a key as 'Authorization: Bearer mk_test_…'.")
    if not scope_allows(key.scopes, INTAKE_SCOPE):
        raise ScopeMissing(f"This needs the scope '{INTAKE_SCOPE}'.")
    return key


def _single_problem(answer: EventAnswer) -> Problem:
    errors = list(answer.errors or ())
    return Problem(
        SINGLE_STATUS[answer.status], errors[0].code, "The event was refused", errors[0].message, errors
    )


def _summary(answers: list[EventAnswer]) -> dict[str, Any]:
    counts = Counter(answer.status for answer in answers)
    return {
        "object": "event_intake",
        "accepted": counts[IntakeOutcome.ACCEPTED],
        "duplicates": counts[IntakeOutcome.DUPLICATE],
        "conflicts": counts[IntakeOutcome.CONFLICT],
        "invalid": counts[IntakeOutcome.INVALID],
        "results": answers,
    }


class MeterUsageView(ApiView):
    """What one customer used of one meter, over any window."""

    required_scopes = {"get": "usage:read"}  # noqa: RUF012 - declared as ClassVar in the base

    @extend_schema(
        operation_id="get_meter_usage",
        parameters=[
            OpenApiParameter("code", location="path", description="Code or id of the meter."),
            MeterUsageQuery,
        ],
        responses=MeterUsageSerializer,
    )
    def get(self, request: Request, code: str) -> Response:
        query = MeterUsageQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        asked = query.validated_data
        customer = get_customer(
            brand_id=self.credential.brand_id,
            livemode=self.credential.livemode,
            reference=asked["customer"],
        )
        meter = get_meter(code)
        window = {
            "meter": meter,
            "customer_id": customer.pk,
            "starts_at": asked["from"],
            "ends_at": asked["to"],
        }
        answer: dict[str, Any] = {
            "meter": meter,
            "customer": customer,
            **window,
            "value": meter_value(**window),
            "as_of": now_for(customer),
        }
        if asked["group_by"] or meter.group_by:
            answer["groups"] = meter_groups(**window, group_by=asked["group_by"] or None)
        if asked["window"] == "day":
            answer["days"] = daily_values(**window, zone=customer.time_zone)
        return Response(MeterUsageSerializer(answer).data)
