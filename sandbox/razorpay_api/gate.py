"""The way into Razorpay's interface: key, faults, refunds' keys, and one transaction for each request."""

from __future__ import annotations

import base64
import binascii
import json
import re
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

from sandbox import clock
from sandbox.errors import ApiError
from sandbox.faults import Facts, Fault, FaultKind, Faults
from sandbox.idempotency import IdempotencyKeys, SavedAnswer, fingerprint
from sandbox.messages import Json, Request, Response, json_response
from sandbox.pages.assets import read_asset
from sandbox.razorpay_api import accounts, control, payments, returns, settlements
from sandbox.razorpay_api.objects import Call, RazorpayError, signature
from sandbox.store import Store
from sandbox.webhooks import DeliveryPlan

_API = "/razorpay/v1"
_CONTROL = "/_sandbox/razorpay"
_ASSETS = {
    "/razorpay/checkout.js": "razorpay.js",
    "/razorpay/window": "razorpay_window.html",
    "/razorpay/window.js": "razorpay_window.js",
    "/razorpay/window.css": "razorpay_window.css",
}
_KEY = re.compile(r"rzp_test_[A-Za-z0-9]{14,}")
Operation = Callable[..., Json]


class RazorpayGate:
    """Answers requests under /razorpay/, and the controls under /_sandbox/razorpay/."""

    def __init__(self, store: Store, faults: Faults, keys: IdempotencyKeys, wake: Callable[[], None]) -> None:
        self._store, self._faults, self._keys, self._wake = store, faults, keys, wake
        self._routes = _compiled(_API, (accounts, payments, returns, settlements))
        self._controls = _compiled(_CONTROL, (control,))

    def answer(self, request: Request) -> Response:
        asset = read_asset(_ASSETS.get(request.path, ""))
        if asset is not None and request.method in {"GET", "HEAD"}:
            return asset
        try:
            if request.path == "/razorpay/window/pay" and request.method == "POST":
                return self._pay(request)
            if request.path.startswith(f"{_CONTROL}/"):
                return self._control(request)
            return self._api(request)
        except RazorpayError as error:
            return json_response(error.body(), status=error.status)
        except (KeyError, ValueError) as error:
            return json_response({"error": {"description": f"{error!r}"}}, status=400)

    def _api(self, request: Request) -> Response:
        self._authenticate(request)
        operation, arguments = _found(self._routes, request)
        params = _read(request)
        hits = self._strike(request, params)
        if FaultKind.RESET_BEFORE in hits:
            return Response(hang_up=True)
        if FaultKind.LATENCY in hits:
            time.sleep(hits[FaultKind.LATENCY].seconds)
        if FaultKind.ERROR_429 in hits:
            raise RazorpayError("Too many requests", reason="", status=429)
        if FaultKind.ERROR_500 in hits:
            raise RazorpayError("We are facing some trouble", reason="", code="SERVER_ERROR", status=500)
        key = request.headers.get("x-refund-idempotency")
        call = Call(self._store, int(clock.now()), params, key, request.base_url, DeliveryPlan.of(hits))
        response = self._under_key(request, call, operation, arguments)
        # Never inside a transaction: who delivers holds its own lock while it waits for the store's.
        self._wake()
        response.hang_up = FaultKind.RESET_AFTER in hits
        return response

    def _under_key(
        self, request: Request, call: Call, operation: Operation, arguments: tuple[str, ...]
    ) -> Response:
        """A refund under its key once; everything else as it comes."""
        if call.key is None:
            return self._run(call, operation, arguments)
        if len(call.key) < 10:
            raise RazorpayError("The idempotency key must have 10 characters at least.")
        name = f"razorpay:{call.key}"
        print_ = fingerprint(request.method, request.path, call.params)
        try:
            saved = self._keys.begin(name, print_)
        except ApiError as error:
            raise RazorpayError(error.message, reason="idempotency", status=error.status) from error
        if saved is not None:
            return Response(saved.status, saved.body, {"Content-Type": "application/json"})
        try:
            with self._store.transaction():
                response = self._run(call, operation, arguments)
                self._keys.save(name, print_, SavedAnswer(response.status, response.body, ""))
        finally:
            self._keys.release(name)
        return response

    def _run(self, call: Call, operation: Operation, arguments: tuple[str, ...]) -> Response:
        with self._store.transaction():
            try:
                status, body = 200, operation(call, *arguments)
            except RazorpayError as error:
                if not error.commits:
                    raise
                status, body = error.status, error.body()
        return json_response(body, status=status)

    def _control(self, request: Request) -> Response:
        # A page of another site can post forms but no JSON: the type is part of the defence.
        if request.method == "POST" and not request.headers.get("content-type", "").startswith(
            "application/json"
        ):
            raise RazorpayError("Send JSON with Content-Type application/json.")
        operation, arguments = _found(self._controls, request)
        response = self._run(Call(self._store, int(clock.now()), _read(request)), operation, arguments)
        self._wake()
        return response

    def _pay(self, request: Request) -> Response:
        """What the window sends. Only the sandbox's own frame may: card numbers are typed there."""
        if request.headers.get("origin") not in {None, request.base_url}:
            raise RazorpayError("Card data is only taken from the window.", status=403)
        params = _read(request)
        key = self._store.find(str(params.get("key", "")), "razorpay.key")
        if key is None:
            raise RazorpayError("The api key provided is invalid", status=401)
        call = Call(self._store, int(clock.now()), params, base_url=request.base_url)
        response = self._run(call, payments.pay_in_window, (str(params.get("order_id", "")),))
        self._wake()
        payment = response.json()
        if payment["status"] == "failed":
            error = {"description": payment["error_description"], "reason": payment["error_reason"]}
            return json_response({"error": error}, status=400)
        signed = f"{payment['order_id']}|{payment['id']}".encode()
        return json_response(
            {
                "razorpay_payment_id": payment["id"],
                "razorpay_order_id": payment["order_id"],
                "razorpay_signature": signature(signed, key.hidden["secret"]),
            }
        )

    def _authenticate(self, request: Request) -> None:
        scheme, _, value = request.headers.get("authorization", "").partition(" ")
        try:
            key, _, secret = base64.b64decode(value, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            key = secret = ""
        if key.startswith("rzp_live_"):
            raise RazorpayError("The sandbox refuses live keys.", status=401)
        if scheme.lower() != "basic" or not _KEY.fullmatch(key) or not secret:
            raise RazorpayError("Authentication failed", status=401)
        # The window signs with it what the browser carries back.
        with self._store.transaction():
            kept = self._store.find(key)
            if kept is None:
                row = {"id": key, "object": "razorpay.key", "created": int(clock.now())}
                self._store.insert(row, hidden={"secret": secret})
            elif kept.hidden["secret"] != secret:
                self._store.update(kept.data, hidden={"secret": secret})

    def _strike(self, request: Request, params: Json) -> dict[FaultKind, Fault]:
        if not self._faults:
            return {}
        order = self._store.find(str(params.get("order_id", "")), "razorpay.order")
        receipt = params.get("receipt") or (order.data["receipt"] if order else None)
        key = request.headers.get("x-refund-idempotency") or receipt
        customer, notes = params.get("customer_id"), params.get("notes")
        metadata = notes if isinstance(notes, dict) else {}
        return self._faults.strike(Facts(request.method, request.path, key, customer, metadata))


def _compiled(prefix: str, modules: tuple[Any, ...]) -> list[tuple[str, re.Pattern[str], Operation]]:
    return [
        (method, re.compile("([^/]+)".join(map(re.escape, re.split(r"\{\w+\}", prefix + path)))), operation)
        for module in modules
        for method, path, operation in module.ROUTES
    ]


def _found(
    routes: list[tuple[str, re.Pattern[str], Operation]], request: Request
) -> tuple[Operation, tuple[str, ...]]:
    for method, pattern, operation in routes:
        match = pattern.fullmatch(request.path) if method == request.method else None
        if match:
            return operation, match.groups()
    raise RazorpayError("The requested URL was not found on the server.", status=404)


def _read(request: Request) -> Json:
    if request.method in {"GET", "DELETE"}:
        return dict(parse_qsl(request.query, keep_blank_values=True))
    body = json.loads(request.body or b"{}")
    if not isinstance(body, dict):
        raise RazorpayError("Send a JSON object.")
    return body
