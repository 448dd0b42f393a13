"""Probes and metrics: plain answers for machines."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.module_loading import import_string
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, Metric, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from apps.core.readiness import run_checks

# Named in settings.METRICS: asks one cheap query for each of its gauges.
GaugeSource = Callable[[], Iterable[Metric]]

LOOPBACK = ("127.0.0.1", "::1")


@require_safe
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """This process answers; nothing else is asked, so a slow database restarts no web server."""
    return JsonResponse({"status": "ok"})


@require_safe
@never_cache
def readyz(request: HttpRequest) -> HttpResponse:
    """200 when traffic may be sent here, else 503 with what is missing."""
    checks = run_checks()
    failed = [check for check in checks if not check.ok]
    ready = not any(check.blocking for check in failed)
    status = "ready" if not failed else "degraded" if ready else "not ready"
    named = [{"name": check.name, "ok": check.ok, "detail": check.detail} for check in checks]
    return JsonResponse({"status": status, "checks": named}, status=200 if ready else 503)


@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus' text format: for the bearer of METRICS_TOKEN, or without a token this machine only."""
    if not _may_read_metrics(request):
        return HttpResponse("Not permitted.\n", status=403, content_type="text/plain")
    body = generate_latest(_request_registry()) + generate_latest(_gauges())
    return HttpResponse(body, content_type=CONTENT_TYPE_LATEST)


def _may_read_metrics(request: HttpRequest) -> bool:
    token = str(getattr(settings, "METRICS_TOKEN", ""))
    if token:
        given = request.headers.get("Authorization", "")
        return secrets.compare_digest(given.encode(), f"Bearer {token}".encode())
    # A forwarded request comes from elsewhere, though the proxy is on this machine.
    return request.META.get("REMOTE_ADDR") in LOOPBACK and "X-Forwarded-For" not in request.headers


def _request_registry() -> CollectorRegistry:
    # With several web processes each counts for itself, and their files in this folder are added up.
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return REGISTRY
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return registry


def _gauges() -> CollectorRegistry:
    registry = CollectorRegistry()
    registry.register(_GaugeCollector())
    return registry


class _GaugeCollector:
    def collect(self) -> Iterable[Metric]:
        for path in getattr(settings, "METRICS", ()):
            source: GaugeSource = import_string(path)
            yield from source()
