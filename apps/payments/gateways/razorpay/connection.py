"""The SDK's client with a time limit on every call, and errors that say what the SDK's own leave out."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import razorpay
import requests
import structlog
from django.conf import settings

from apps.payments.errors import GatewayUnreachable

logger = structlog.get_logger(__name__)

# Seconds to connect and to wait for an answer. A charge takes up to four calls, and must end before
# the sweeper takes its sender for dead.
TIMEOUTS = (3.0, 11.0)
# What these statuses say is not about the request: a wrong key, a request in flight, too many of them.
NO_ANSWER_STATUSES = {401, 403, 408, 409, 425, 429}


class RequestRefused(Exception):
    """Razorpay understood the request and said no; the SDK's own errors drop the reason."""

    def __init__(self, error: dict[str, Any]) -> None:
        self.code = str(error.get("code") or "BAD_REQUEST_ERROR")
        self.reason = str(error.get("reason") or "")
        self.description = str(error.get("description") or "The request was refused.")
        super().__init__(f"{self.code} {self.reason}: {self.description}")


class NoAnswer(Exception):
    """Nobody can tell whether the request was carried out."""


class TimedSession(requests.Session):
    """Raises before the SDK reads an error: it would print to the terminal and lose the reason."""

    def request(self, method: str | bytes, url: str | bytes, *args: Any, **options: Any) -> requests.Response:
        options["timeout"] = TIMEOUTS
        options["allow_redirects"] = False
        try:
            response = super().request(method, url, *args, **options)
        except requests.RequestException as error:
            raise NoAnswer(type(error).__name__) from error
        if response.status_code == 204:
            return response
        try:
            body = response.json()
        except ValueError as error:
            raise NoAnswer(f"HTTP {response.status_code} without JSON") from error
        if 200 <= response.status_code < 300:
            return response
        error_body = body.get("error") if isinstance(body, dict) else None
        is_refusal = 400 <= response.status_code < 500 and response.status_code not in NO_ANSWER_STATUSES
        if not is_refusal or not isinstance(error_body, dict):
            raise NoAnswer(f"HTTP {response.status_code}")
        raise RequestRefused(error_body)


class Connection:
    """One client for each thread: a session of `requests` must not be shared between them."""

    def __init__(self) -> None:
        self._kept = threading.local()

    @property
    def api(self) -> Any:
        wanted = (settings.RAZORPAY_KEY_ID, settings.RAZORPAY_KEY_SECRET, settings.RAZORPAY_API_BASE)
        if getattr(self._kept, "connected_to", None) != wanted:
            self._kept.client = razorpay.Client(
                session=TimedSession(), auth=wanted[:2], base_url=settings.RAZORPAY_API_BASE
            )
            self._kept.connected_to = wanted
        return self._kept.client


@contextmanager
def reachable() -> Iterator[None]:
    """Turn everything that is no answer, and a refusal that nobody expects, into GatewayUnreachable."""
    try:
        yield
    except (NoAnswer, RequestRefused) as error:
        logger.warning("gateway_unreachable", error=str(error), kind=type(error).__name__)
        raise GatewayUnreachable("The payment provider did not answer. Try again in a minute.") from error
