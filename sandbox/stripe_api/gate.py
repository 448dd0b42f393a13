"""The way into the Stripe interface: key, faults, idempotency, parameters, operation in one transaction."""

from __future__ import annotations

import base64
import binascii
import json
import re
import time
from collections.abc import Callable

from sandbox import clock, ids
from sandbox.call import Call, Route
from sandbox.errors import ApiError
from sandbox.faults import Facts, Fault, FaultKind, Faults
from sandbox.forms import parse_form
from sandbox.idempotency import IdempotencyKeys, SavedAnswer, fingerprint
from sandbox.messages import Json, Request, Response
from sandbox.store import Store
from sandbox.stripe_api import (
    account,
    balance,
    charges,
    customers,
    disputes,
    events,
    payment_intents,
    payment_methods,
    payouts,
    refunds,
    setup_intents,
    tax,
    webhook_endpoints,
)
from sandbox.stripe_api.presentation import expand
from sandbox.validator import Schema
from sandbox.webhooks import API_VERSION, DeliveryPlan

_MODULES = (
    account,
    balance,
    charges,
    customers,
    disputes,
    events,
    payment_intents,
    payment_methods,
    payouts,
    refunds,
    setup_intents,
    tax,
    webhook_endpoints,
)
_KEY = re.compile(r"^(sk|rk)_test_[A-Za-z0-9_]+$")
_LIVE = re.compile(r"^(sk|pk|rk)_live_")


class Gate:
    """Answers requests under /v1/."""

    def __init__(self, store: Store, faults: Faults, keys: IdempotencyKeys, wake: Callable[[], None]) -> None:
        self._store, self._faults, self._keys, self._wake = store, faults, keys, wake
        self._schema = Schema.from_sdk()
        self._routes = [
            (route.method, route.pattern(), route) for module in _MODULES for route in module.ROUTES
        ]

    def answer(self, request: Request) -> Response:
        request_id = ids.new_id("request")
        try:
            _authenticate(request)
            route, arguments = self._route(request)
            tree = _read_form(request)
            hits = self._strike(request, tree)
            return self._under_faults(request, request_id, route, arguments, tree, hits)
        except ApiError as error:
            return _answer(error.status, _encode(error.body(request_id)), request_id)

    def run(self, call: Call, operation: Callable[..., Json], *arguments: str) -> tuple[int, Json]:
        """An operation in one transaction: status and body. A decline keeps what it wrote.

        Raises:
            ApiError: a refusal, after which nothing is kept.
        """
        with self._store.transaction():
            return self._run(call, operation, arguments)

    def _run(
        self, call: Call, operation: Callable[..., Json], arguments: tuple[str, ...]
    ) -> tuple[int, Json]:
        paths = call.params.pop("expand", [])
        try:
            return 200, expand(self._store, operation(call, *arguments), paths, at=call.at)
        except ApiError as error:
            if not error.commits:
                raise
            return error.status, error.body(call.request_id)

    def _route(self, request: Request) -> tuple[Route, tuple[str, ...]]:
        for method, pattern, route in self._routes:
            match = pattern.fullmatch(request.path) if method == request.method else None
            if match:
                return route, match.groups()
        known = self._schema.check(request.method, request.path, {}) is not None
        reason = "The sandbox does not speak" if known else "Unrecognized request URL"
        raise ApiError(f"{reason} ({request.method}: {request.path}).", status=404)

    def _strike(self, request: Request, tree: Json) -> dict[FaultKind, Fault]:
        if not self._faults:
            return {}
        metadata, customer = tree.get("metadata"), tree.get("customer")
        mentioned = re.match(r"^/v1/\w+/([^/]+)", request.path)
        subject = self._store.find(mentioned[1]) if mentioned else None
        if subject is not None:
            customer = customer or subject.data.get("customer")
            metadata = metadata or subject.data.get("metadata")
        key = request.headers.get("idempotency-key")
        plain = metadata if isinstance(metadata, dict) else {}
        return self._faults.strike(Facts(request.method, request.path, key, customer, plain))

    def _under_faults(
        self,
        request: Request,
        request_id: str,
        route: Route,
        arguments: tuple[str, ...],
        tree: Json,
        hits: dict[FaultKind, Fault],
    ) -> Response:
        if FaultKind.RESET_BEFORE in hits:
            return Response(hang_up=True)
        if FaultKind.ERROR_429 in hits:
            raise ApiError("Too many requests hit the API too quickly.", status=429, code="rate_limit")
        key = request.headers.get("idempotency-key") if request.method == "POST" else None
        print_ = fingerprint(request.method, request.path, tree)
        saved = self._keys.begin(key, print_) if key else None
        if saved is not None:
            response = _answer(saved.status, saved.body, request_id)
            response.headers |= {"Idempotent-Replayed": "true", "Original-Request": saved.request_id}
            response.hang_up = FaultKind.RESET_AFTER in hits
            return response
        try:
            # The key stays in flight while a slow answer is awaited: a second caller meets the 409.
            if FaultKind.LATENCY in hits:
                time.sleep(hits[FaultKind.LATENCY].seconds)
            if FaultKind.ERROR_500 in hits:
                return self._fail(key, print_, request_id, hits[FaultKind.ERROR_500])
            plan = DeliveryPlan.of(hits)
            call = Call(self._store, int(clock.now()), {}, request_id, key, request.base_url, plan)
            call.params = self._check(request, tree)
            response = self._work(call, route, arguments, print_)
        finally:
            if key:
                self._keys.release(key)
        response.hang_up = FaultKind.RESET_AFTER in hits
        return response

    def _work(self, call: Call, route: Route, arguments: tuple[str, ...], print_: str) -> Response:
        with self._store.transaction():
            status, body = self._run(call, route.operation, arguments)
            encoded = _encode(body)
            if call.idempotency_key:
                self._keys.save(call.idempotency_key, print_, SavedAnswer(status, encoded, call.request_id))
        if route.method != "GET":
            self._wake()
        return _answer(status, encoded, call.request_id)

    def _check(self, request: Request, tree: Json) -> Json:
        checked = self._schema.check(request.method, request.path, tree)
        if checked is None:
            raise ApiError(f"Unrecognized request URL ({request.method}: {request.path}).", status=404)
        for problem in checked.problems:
            raise ApiError(problem.message, code=problem.code, param=problem.param)
        return checked.value

    def _fail(self, key: str | None, print_: str, request_id: str, fault: Fault) -> Response:
        error = ApiError("An unknown error occurred.", status=500, type="api_error")
        body = _encode(error.body(request_id))
        if key and fault.stored:
            with self._store.transaction():
                self._keys.save(key, print_, SavedAnswer(500, body, request_id))
        response = _answer(500, body, request_id)
        if fault.stored:
            response.headers["Stripe-Should-Retry"] = "false"
        return response


def _authenticate(request: Request) -> None:
    key = _read_key(request.headers.get("authorization", ""))
    if not key:
        raise ApiError("You did not provide an API key.", status=401)
    if _LIVE.match(key):
        raise ApiError("The sandbox refuses live keys. Use a key that begins with sk_test_.", status=401)
    if key.startswith("pk_test_"):
        raise ApiError("This API call cannot be made with a publishable API key.", status=403)
    if not _KEY.match(key):
        raise ApiError("Invalid API Key provided.", status=401)
    connected = request.headers.get("stripe-account", account.ACCOUNT_ID)
    if connected != account.ACCOUNT_ID:
        raise ApiError(f"The provided key does not have access to account '{connected}'.", status=403)


def _read_key(header: str) -> str:
    scheme, _, value = header.partition(" ")
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(value, validate=True).decode().partition(":")[0]
        except (binascii.Error, UnicodeDecodeError):
            return ""
    return value.strip() if scheme.lower() == "bearer" else ""


def _read_form(request: Request) -> Json:
    try:
        tree = parse_form(request.query if request.method in {"GET", "DELETE"} else request.body.decode())
    except (ValueError, UnicodeDecodeError) as exc:
        raise ApiError(f"Invalid request: {exc}") from exc
    return tree


def _encode(body: Json) -> bytes:
    return json.dumps(body, separators=(",", ":")).encode()


def _answer(status: int, body: bytes, request_id: str) -> Response:
    headers = {"Content-Type": "application/json", "Request-Id": request_id, "Stripe-Version": API_VERSION}
    return Response(status, body, headers)
