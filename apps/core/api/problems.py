"""Every refusal as RFC 9457 ``application/problem+json``, from DRF and from plain Django views alike."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import set_rollback

from apps.core.errors import DomainError, FieldError
from apps.core.request_id import current_request_id
from apps.pricing.errors import PricingError

CONTENT_TYPE = "application/problem+json"
TYPE_PREFIX = "urn:monetize:problem:"
VALIDATION_STATUS = HTTPStatus.UNPROCESSABLE_ENTITY


@dataclass(frozen=True, slots=True)
class Problem:
    """One refusal as the API tells it; ``code`` is stable, ``title`` the same for every occurrence of it."""

    status: int
    code: str
    title: str
    detail: str
    errors: list[FieldError] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    extensions: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        return {
            "type": f"{TYPE_PREFIX}{self.code}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "code": self.code,
            "request_id": current_request_id(),
            "errors": [asdict(error) for error in self.errors],
            **self.extensions,
        }


def exception_handler(exception: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's ``EXCEPTION_HANDLER``. None for what nobody foresaw: that is a bug, and Django's 500."""
    problem = problem_for(exception)
    if problem is None:
        return None
    set_rollback()
    return Response(
        problem.to_json(),
        status=problem.status,
        headers=problem.headers,
        content_type=CONTENT_TYPE,
    )


def problem_response(problem: Problem | Exception) -> HttpResponse:
    """The same answer for a plain Django view; an exception that is no refusal is raised again."""
    if isinstance(problem, Exception):
        known = problem_for(problem)
        if known is None:
            raise problem
        problem = known
    return HttpResponse(
        json.dumps(problem.to_json()),
        status=problem.status,
        content_type=CONTENT_TYPE,
        headers=problem.headers,
    )


def problem_for(exception: Exception) -> Problem | None:
    """The refusal that an exception stands for, or None."""
    match exception:
        case DomainError():
            return Problem(
                exception.status,
                exception.code,
                exception.title,
                exception.message,
                exception.field_errors(),
                extensions=exception.extensions,
            )
        case PricingError():
            errors = [FieldError(exception.field or None, exception.code, str(exception))]
            return Problem(VALIDATION_STATUS, exception.code, "Invalid price", str(exception), errors)
        case Http404():
            return Problem(404, "not_found", "Not found", "There is no such object.")
        case PermissionDenied():
            return Problem(403, "permission_refused", "Not permitted", "This is not permitted.")
        case exceptions.ValidationError():
            return _validation_problem(exception)
        case exceptions.APIException():
            return _api_problem(exception)
    return None


def _validation_problem(exception: exceptions.ValidationError) -> Problem:
    errors = list(_flat_errors(exception.detail))
    detail = errors[0].message if len(errors) == 1 else f"{len(errors)} parts of the input are invalid."
    return Problem(VALIDATION_STATUS, "invalid_input", "Invalid input", detail, errors)


def _api_problem(exception: exceptions.APIException) -> Problem:
    headers = {}
    code = str(exception.default_code)
    if isinstance(exception.detail, exceptions.ErrorDetail) and exception.detail.code:
        code = exception.detail.code
    if challenge := getattr(exception, "auth_header", None):
        headers["WWW-Authenticate"] = challenge
    if isinstance(exception, exceptions.Throttled):
        code = "rate_limited"
        wait: float | None = getattr(exception, "wait", None)
        if wait is not None:
            headers["Retry-After"] = str(math.ceil(wait))
    title = HTTPStatus(exception.status_code).phrase
    return Problem(exception.status_code, code, title, str(exception.detail), headers=headers)


def _flat_errors(detail: Any, path: str = "") -> Iterator[FieldError]:
    """DRF's nested lists and dicts as one list with paths such as ``items[0].price``."""
    if isinstance(detail, dict):
        for name, inner in detail.items():
            if name == "non_field_errors":
                yield from _flat_errors(inner, path)
            elif isinstance(name, int):
                yield from _flat_errors(inner, f"{path}[{name}]")
            else:
                yield from _flat_errors(inner, f"{path}.{name}" if path else str(name))
    elif isinstance(detail, list):
        for index, inner in enumerate(detail):
            # A list of messages belongs to one field; a list of dicts belongs to the elements of a list.
            nested = isinstance(inner, dict | list)
            yield from _flat_errors(inner, f"{path}[{index}]" if nested else path)
    else:
        yield FieldError(path or None, getattr(detail, "code", "invalid"), str(detail))
