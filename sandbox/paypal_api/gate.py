"""The way into PayPal's interface: token, faults, request id, operation in one transaction."""

from __future__ import annotations

import base64
import binascii
import json
import time
from collections.abc import Callable

from sandbox import clock
from sandbox.call import Call
from sandbox.errors import ApiError
from sandbox.faults import Facts, Fault, FaultKind, Faults
from sandbox.forms import parse_form
from sandbox.idempotency import IdempotencyKeys, SavedAnswer, fingerprint
from sandbox.messages import Json, Request, Response, json_response
from sandbox.paypal_api import captures, disputes, notifications, orders, reporting, vault
from sandbox.paypal_api.certificates import FOLDER, signer
from sandbox.paypal_api.errors import PayPalError
from sandbox.paypal_api.objects import new_id
from sandbox.paypal_api.routes import PayPalRoute
from sandbox.store import Store
from sandbox.webhooks import DeliveryPlan

PREFIX = "/paypal"
_MODULES = (captures, disputes, notifications, orders, reporting, vault)
_TOKEN = "A21AAsandbox"
_TOKEN_SECONDS = 32_400


class PayPalGate:
    """Answers requests under /paypal/v1/, /v2/ and /v3/."""

    def __init__(self, store: Store, faults: Faults, keys: IdempotencyKeys, wake: Callable[[], None]) -> None:
        self._store, self._faults, self._keys, self._wake = store, faults, keys, wake
        self._routes = [
            (route.method, route.pattern(), route) for module in _MODULES for route in module.ROUTES
        ]

    def answer(self, request: Request) -> Response:
        debug_id = new_id(13).lower()
        try:
            return self._answer(request)
        except PayPalError as error:
            return json_response(error.body(debug_id), status=error.status)
        except ApiError as error:
            # Keys are kept by the part of the sandbox that Stripe's interface uses too.
            told = PayPalError(409 if error.status == 409 else 422, "DUPLICATE_REQUEST_ID", error.message)
            return json_response(told.body(debug_id), status=told.status)

    def run(self, operation: Callable[[Call], Json], *, base_url: str = "", at: float | None = None) -> Json:
        """Something that happens at PayPal without a request of ours, in one transaction.

        Raises:
            PayPalError: it cannot happen now; nothing is kept.
        """
        with self._store.transaction():
            done = operation(Call(self._store, int(clock.now() if at is None else at), base_url=base_url))
        self._wake()
        return done

    def _answer(self, request: Request) -> Response:
        if request.path.startswith(FOLDER):
            return _certificate(request.path.removeprefix(FOLDER))
        hits = self._strike(request)
        if FaultKind.RESET_BEFORE in hits:
            return Response(hang_up=True)
        if FaultKind.LATENCY in hits:
            time.sleep(hits[FaultKind.LATENCY].seconds)
        if FaultKind.ERROR_429 in hits:
            raise PayPalError(429, "RATE_LIMIT_REACHED", "Too many requests.")
        if FaultKind.ERROR_500 in hits:
            raise PayPalError(500, "INTERNAL_SERVER_ERROR", "An internal server error occurred.")
        if request.path == f"{PREFIX}/v1/oauth2/token":
            response = _token(request)
        else:
            _authenticate(request)
            response = self._under_key(request, DeliveryPlan.of(hits))
        response.hang_up = FaultKind.RESET_AFTER in hits
        return response

    def _strike(self, request: Request) -> dict[FaultKind, Fault]:
        if not self._faults:
            return {}
        key = request.headers.get("paypal-request-id")
        return self._faults.strike(Facts(request.method, request.path, key))

    def _under_key(self, request: Request, plan: DeliveryPlan) -> Response:
        """Do the work, or give the answer that its key has had; a refusal leaves the key free."""
        route, arguments = self._route(request)
        params = _read(request)
        named = request.headers.get("paypal-request-id")
        if route.needs_key and not named:
            raise PayPalError(400, "PAYPAL_REQUEST_ID_REQUIRED", "PayPal-Request-Id is missing.")
        call = Call(self._store, int(clock.now()), params, "", named, request.base_url, plan)
        if request.method != "POST" or not named:
            return self._work(call, route, arguments)
        key, print_ = f"paypal:{named}", fingerprint(request.method, request.path, params)
        saved = self._keys.begin(key, print_)
        if saved is not None:
            return Response(saved.status, saved.body, {"Content-Type": "application/json"})
        try:
            return self._work(call, route, arguments, key=key, print_=print_)
        finally:
            self._keys.release(key)

    def _work(
        self, call: Call, route: PayPalRoute, arguments: tuple[str, ...], *, key: str = "", print_: str = ""
    ) -> Response:
        with self._store.transaction():
            body = route.operation(call, *arguments)
            response = Response(204) if route.status == 204 else json_response(body, status=route.status)
            if key:
                self._keys.save(key, print_, SavedAnswer(response.status, response.body, ""))
        if route.method != "GET":
            self._wake()
        return response

    def _route(self, request: Request) -> tuple[PayPalRoute, tuple[str, ...]]:
        path = request.path.removeprefix(PREFIX)
        for method, pattern, route in self._routes:
            match = pattern.fullmatch(path) if method == request.method else None
            if match:
                return route, match.groups()
        raise PayPalError(404, "", f"The sandbox does not speak {request.method} {path}.")


def _authenticate(request: Request) -> None:
    if request.headers.get("authorization") != f"Bearer {_TOKEN}":
        raise PayPalError(401, "", "Authentication failed.")


def _token(request: Request) -> Response:
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    try:
        client_id, _, secret = base64.b64decode(value, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        client_id = secret = ""
    if scheme.lower() != "basic" or not client_id or not secret:
        raise PayPalError(401, "", "Client authentication failed.")
    told = {"token_type": "Bearer", "access_token": _TOKEN, "expires_in": _TOKEN_SECONDS, "scope": "*"}
    return json_response(told)


def _certificate(certificate_id: str) -> Response:
    if certificate_id != signer().id:
        raise PayPalError(404, "", "There is no such certificate.")
    return Response(200, signer().chain, {"Content-Type": "application/x-pem-file"})


def _read(request: Request) -> Json:
    """JSON; of a multipart body the JSON part, which is all that the sandbox keeps of evidence."""
    if request.method == "GET":
        return parse_form(request.query)
    body = request.body
    kind, _, boundary = request.headers.get("content-type", "").partition("boundary=")
    if kind.startswith("multipart/"):
        parts = body.split(b"--" + boundary.strip('"').encode())
        body = next((p.partition(b"\r\n\r\n")[2] for p in parts if b'name="input"' in p), b"{}")
    try:
        value = json.loads(body or b"{}")
    except ValueError as error:
        raise PayPalError(400, "MALFORMED_REQUEST_JSON", "The body is no JSON.") from error
    return value if isinstance(value, dict) else {"_list": value}
