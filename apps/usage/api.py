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
from apps.usage.correction import Backfill, EventReference
from apps.usage.enums import CorrectionOutcome, IntakeOutcome
from apps.usage.errors import BodyTooLarge
from apps.usage.incoming import EventAnswer, IncomingEvent
from apps.usage.intake_format import Correction, read_body, read_correction
from apps.usage.schema import BACKFILL, EVENT_REF, EVENT_REFERENCE
from apps.usage.selectors import daily_values, get_meter, meter_groups, meter_value
from apps.usage.serializers import (
    EventBackfillSerializer,
    EventCorrectionSerializer,
    MeterUsageQuery,
    MeterUsageSerializer,
)
from apps.usage.services.amend_event import amend_event
from apps.usage.services.backfill_events import backfill_events
from apps.usage.services.ingest import ingest_events
from apps.usage.services.void_event import void_event

INTAKE_SCOPE = "events:write"
# Not what an intake key has: a sender may report, and only somebody trusted may change what was reported.
CORRECTION_SCOPE = "event_corrections:write"
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
        "amended": counts[IntakeOutcome.AMENDED],
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
        customer = get_customer(**self.own, reference=asked["customer"])
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


class CorrectionView(ApiView):
    """Reads its body by itself: DRF would make floats of numbers, and change what was reported."""

    required_scopes = {"post": CORRECTION_SCOPE}  # noqa: RUF012 - declared as ClassVar in the base

    def body(self, request: Request, kind: type[Correction]) -> Correction:
        """The body as one of these; 413 and 422 as for intake."""
        try:
            return read_correction(request._request.body, kind)
        except RequestDataTooBig as error:
            raise BodyTooLarge("A request has at most 5 MB: send fewer events.") from error

    def corrected(self, event_id: str, source: str, status: CorrectionOutcome) -> Response:
        answer = {"id": event_id, "source": source, "status": status, "livemode": self.credential.livemode}
        return Response(EventCorrectionSerializer(answer).data)


class AmendEventView(CorrectionView):
    """Let an event that was sent say something else.

    The event with this source and id gets this content, whatever its source. Without a timestamp it keeps its
    own; where the brand tells events apart by id and timestamp, send the one that it was sent with.
    """

    @extend_schema(
        operation_id="amend_event",
        request={"application/json": EVENT_REF},
        responses=EventCorrectionSerializer,
    )
    def post(self, request: Request) -> Response:
        event = self.body(request, IncomingEvent)
        status = amend_event(**self.own, event=event, received_at=clock.now())
        return self.corrected(event.id, event.source, status)


class VoidEventView(CorrectionView):
    """Let an event that was sent count for nothing.

    It stays known: sent again as it was, it is a duplicate and stays void.
    """

    @extend_schema(
        operation_id="void_event",
        request={"application/json": EVENT_REFERENCE},
        responses=EventCorrectionSerializer,
    )
    def post(self, request: Request) -> Response:
        event = self.body(request, EventReference)
        status = void_event(**self.own, event=event, received_at=clock.now())
        return self.corrected(event.id, event.source, status)


class BackfillEventsView(CorrectionView):
    """Add to the events of a window, or replace them.

    All of it or nothing. `replace` voids every event of the window that is not given again. `dry_run` (the
    default) stores nothing and answers the same.
    """

    @extend_schema(
        operation_id="backfill_events",
        request={"application/json": BACKFILL},
        responses=EventBackfillSerializer,
    )
    def post(self, request: Request) -> Response:
        backfill = self.body(request, Backfill)
        customer = get_customer(**self.own, reference=backfill.customer)
        done = backfill_events(
            customer=customer, backfill=backfill, at=now_for(customer), received_at=clock.now()
        )
        counts = Counter(answer.status for answer in done.answers)
        answer = {
            "dry_run": done.dry_run,
            "livemode": customer.livemode,
            "accepted": counts[IntakeOutcome.ACCEPTED],
            "duplicates": counts[IntakeOutcome.DUPLICATE],
            "amended": counts[IntakeOutcome.AMENDED],
            "conflicts": counts[IntakeOutcome.CONFLICT],
            "voided": done.voided,
            "meters": done.meters,
            "answers": done.answers,
        }
        return Response(EventBackfillSerializer(answer).data)
