"""Requests per key, counted exactly in PostgreSQL, told in ``RateLimit`` headers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from apps.core import clock
from apps.core.api.credentials import Credential
from apps.core.counter_cache import PostgresCounterCache


@dataclass(frozen=True, slots=True)
class Quota:
    """Where a key stands in the running window: ``limit`` requests each ``window`` seconds."""

    limit: int
    window: int
    used: int
    resets_in: int

    @property
    def allowed(self) -> bool:
        return self.used <= self.limit

    def headers(self) -> dict[str, str]:
        """The two fields of the IETF draft, and Retry-After on a refusal."""
        remaining = max(0, self.limit - self.used)
        headers = {
            "RateLimit-Policy": f'"key";q={self.limit};w={self.window}',
            "RateLimit": f'"key";r={remaining};t={self.resets_in}',
        }
        if not self.allowed:
            headers["Retry-After"] = str(self.resets_in)
        return headers


def count_request(credential: Credential, *, at: datetime) -> Quota:
    """Count one request of this key in the fixed window around ``at`` and say where it stands.

    The rate is ``settings.API_RATE``, (requests, seconds). For DRF views and plain Django views alike; call
    it outside of a transaction, or a rollback forgets the request.
    """
    limit, window = settings.API_RATE
    second = int(at.timestamp())
    start = second - second % window
    counters = PostgresCounterCache("", {"KEY_PREFIX": "api"})
    used = counters.count(f"{credential.public_id}:{start}", window)
    return Quota(limit, window, used, start + window - second)


class ApiKeyThrottle(BaseThrottle):
    """DRF's door to ``count_request``; leaves the quota on the request for the headers of every answer."""

    _wait: int | None = None

    def allow_request(self, request: Request, view: Any) -> bool:
        if request.auth is None:
            return True
        quota = count_request(request.auth, at=clock.now())  # type: ignore[arg-type]
        request._request.api_quota = quota  # type: ignore[attr-defined]
        self._wait = quota.resets_in
        return quota.allowed

    def wait(self) -> float | None:
        return self._wait
