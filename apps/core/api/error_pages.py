"""What Django answers by itself (404, 500 …): problem+json under ``/api/``, else the site's pages."""

from __future__ import annotations

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.views import defaults

from apps.core.api.problems import Problem, problem_response

API_PREFIX = "/api/"


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if request.path.startswith(API_PREFIX):
        return _problem(HTTPStatus.BAD_REQUEST, "bad_request", "The request cannot be understood.")
    return defaults.bad_request(request, exception)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    if request.path.startswith(API_PREFIX):
        return _problem(HTTPStatus.FORBIDDEN, "permission_refused", "This is not permitted.")
    return defaults.permission_denied(request, exception)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if request.path.startswith(API_PREFIX):
        return _problem(HTTPStatus.NOT_FOUND, "not_found", "There is nothing at this address.")
    return defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    if request.path.startswith(API_PREFIX):
        detail = "This is a fault of ours; the request id helps to find it."
        return _problem(HTTPStatus.INTERNAL_SERVER_ERROR, "internal_error", detail)
    return defaults.server_error(request)


def _problem(status: HTTPStatus, code: str, detail: str) -> HttpResponse:
    return problem_response(Problem(status, code, status.phrase, detail))
