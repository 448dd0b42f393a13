"""Idempotency-Key on every POST and PATCH of the API."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Literal

from django.core.exceptions import ImproperlyConfigured
from django.db import transaction
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core import clock
from apps.core.api.credentials import tenant_scope
from apps.core.enums import IdempotencyState
from apps.core.idempotency import KeyedRequest, exclusive, keep_answer, keyed_request
from apps.core.models import IdempotencyRecord

HEADER = "Idempotency-Key"
REPLAYED = "Idempotent-Replayed"
KEYED_METHODS = ("POST", "PATCH")

Endpoint = Callable[..., Response]


class IdempotentMixin:
    """Runs POST and PATCH under their Idempotency-Key, when one is sent.

    ``idempotency = "answer"`` (default): the endpoint runs in one transaction, together with its stored
    answer. ``idempotency = "object"``: for endpoints whose service calls a gateway, or that show a secret
    once. The service binds the object with ``keep_object()`` in the transaction of its intent;
    ``render_object()`` answers a replay, also when the first request died after that transaction: what it
    had begun is rows that the sweeper finishes. A refused request stores nothing: its retry is judged anew.
    """

    idempotency: Literal["answer", "object"] = "answer"

    def render_object(self, request: Request, *, object_type: str, object_id: str) -> Response:
        """The answer to a replay, rendered from the object as it is now; ``object`` endpoints define it."""
        raise ImproperlyConfigured(f"{type(self).__name__} replays objects: define render_object()")

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        # The body must be in memory before DRF's parsers drain the stream: its bytes are hashed below.
        keyed = request.method in KEYED_METHODS and HEADER in request.headers
        if keyed:
            _ = request._request.body
        super().initial(request, *args, **kwargs)  # type: ignore[misc]
        if keyed:
            self._run_under_key(request)

    def _run_under_key(self, request: Request) -> None:
        """Put the guarded endpoint in the place of this instance's plain one; dispatch() looks it up next."""
        name = str(request.method).lower()
        endpoint: Endpoint | None = getattr(self, name, None)
        if endpoint is None:
            return
        key = keyed_request(
            scope=tenant_scope(request.auth),  # type: ignore[arg-type]
            key=request.headers[HEADER],
            method=str(request.method),
            path=request.get_full_path(),
            body=request._request.body,
            at=clock.now(),
        )

        def guarded(request: Request, *args: Any, **kwargs: Any) -> Response:
            with exclusive(key) as record:
                if record is None:
                    return self._first(key, endpoint, request, *args, **kwargs)
                return self._replay(key, record, request)

        setattr(self, name, guarded)

    def _first(
        self, key: KeyedRequest, endpoint: Endpoint, request: Request, *args: Any, **kwargs: Any
    ) -> Response:
        if self.idempotency == "object":
            return self._answer(key, endpoint(request, *args, **kwargs))
        with transaction.atomic():
            return self._answer(key, endpoint(request, *args, **kwargs))

    def _answer(self, key: KeyedRequest, response: Response) -> Response:
        body = json.loads(JSONRenderer().render(response.data) or b"null")
        keep_answer(key, status_code=response.status_code, body=body, at=clock.now())
        return response

    def _replay(self, key: KeyedRequest, record: IdempotencyRecord, request: Request) -> Response:
        if record.object_id:
            response = self.render_object(request, object_type=record.object_type, object_id=record.object_id)
            if record.state == IdempotencyState.ANSWERED:
                response.status_code = record.status_code or response.status_code
            else:
                # The first request died between its commit and its answer: this answer is the first.
                keep_answer(key, status_code=response.status_code, body=None, at=clock.now())
        else:
            response = Response(record.response, status=record.status_code)
        response[REPLAYED] = "true"
        return response
