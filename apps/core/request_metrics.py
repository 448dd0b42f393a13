"""How long requests take, by route: for ``/metrics``."""

from __future__ import annotations

import time
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from prometheus_client import Histogram

GetResponse = Callable[[HttpRequest], HttpResponse]

REQUEST_SECONDS = Histogram(
    "monetize_request_seconds",
    "Time to answer a request, by route.",
    ["method", "route", "status"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class RequestMetricsMiddleware:
    """First in the list, so that it sees what the others cost."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        started = time.perf_counter()
        response = self.get_response(request)
        # Routes, never paths, and known methods only: a label that callers choose grows without bound.
        match = request.resolver_match
        REQUEST_SECONDS.labels(
            method=request.method if request.method in METHODS else "OTHER",
            route=match.route if match else "none",
            status=f"{response.status_code // 100}xx",
        ).observe(time.perf_counter() - started)
        return response
