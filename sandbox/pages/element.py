"""The card element's frames, and the few calls that they and the script make with a client secret."""

from __future__ import annotations

import hmac
import json
from typing import Any

from sandbox import clock, ids
from sandbox.call import Call
from sandbox.errors import ApiError, missing
from sandbox.forms import parse_form
from sandbox.messages import Json, Request, Response, json_response
from sandbox.pages.assets import read_asset
from sandbox.store import Store
from sandbox.stripe_api import payment_intents, setup_intents
from sandbox.stripe_api.gate import Gate
from sandbox.webhooks import Dispatcher

_FRAMES = {"/_element/card": "card.html", "/_element/challenge": "challenge.html"}
_PUBLIC = (
    "id", "object", "amount", "canceled_at", "cancellation_reason", "capture_method", "client_secret",
    "created", "currency", "description", "last_payment_error", "last_setup_error", "livemode",
    "next_action", "payment_method", "payment_method_types", "status", "usage",
)  # fmt: skip


class ElementPages:
    """Card numbers are taken from the sandbox's own frame only, never from the page around it."""

    def __init__(self, store: Store, gate: Gate, dispatcher: Dispatcher) -> None:
        self._store, self._gate, self._dispatcher = store, gate, dispatcher

    def answer(self, request: Request) -> Response:
        if request.method == "OPTIONS":
            return Response(204)
        frame = read_asset(_FRAMES.get(request.path, ""))
        if frame is not None and request.method in {"GET", "HEAD"}:
            return frame
        try:
            if (request.method, request.path) == ("GET", "/_element/intent"):
                return json_response({"intent": _public(self._intent(parse_form(request.query)))})
            body = json.loads(request.body or b"{}") if request.method == "POST" else {}
            if request.path == "/_element/confirm":
                return self._confirm(request, body)
            if request.path == "/_element/authenticate":
                return self._authenticate(request, body)
        except ApiError as error:
            return json_response(error.body(""), status=error.status)
        except ValueError:
            return json_response({"error": {"message": "Send JSON."}}, status=400)
        return json_response({"error": {"message": "Nothing here."}}, status=404)

    def _confirm(self, request: Request, body: Json) -> Response:
        _check_key(str(body.get("key", "")))
        if "card" in body and request.headers.get("origin") != request.base_url:
            raise ApiError("Card data is only taken from the card element.", status=403)
        intent = self._intent(body)
        module = _module_of(intent)
        params = {"payment_method": body["payment_method"]} if body.get("payment_method") else {}

        def operation(call: Call) -> Json:
            if "card" in body:
                return module.confirm_with_card(
                    call, intent["id"], body["card"], body.get("billing_details") or {}
                )
            if intent["object"] == "setup_intent":
                return setup_intents.confirm_setup_intent(call, intent["id"])
            return payment_intents.confirm_intent(call, intent["id"])

        return self._run(request, params, operation)

    def _authenticate(self, request: Request, body: Json) -> Response:
        intent = self._intent(body)
        complete = body.get("outcome") == "complete"
        module = _module_of(intent)
        return self._run(request, {}, lambda call: module.authenticate(call, intent["id"], complete=complete))

    def _run(self, request: Request, params: Json, operation: Any) -> Response:
        call = Call(self._store, int(clock.now()), params, ids.new_id("request"), None, request.base_url)
        status, answer = self._gate.run(call, operation)
        self._dispatcher.wake()
        if status == 200:
            return json_response({"intent": _public(answer)})
        error = answer["error"]
        for name in ("payment_intent", "setup_intent"):
            if name in error:
                error[name] = _public(error[name])
        return json_response({"error": error}, status=status)

    def _intent(self, body: Json) -> Json:
        """The intent whose client secret the caller knows.

        Raises:
            ApiError: there is none, or the secret is wrong: the same answer for both.
        """
        intent_id = str(body.get("intent", ""))
        record = self._store.find(intent_id)
        secret = str(body.get("client_secret", "")).encode()
        known = record.data.get("client_secret") if record else None
        if record is None or not known or not hmac.compare_digest(known.encode(), secret):
            raise missing("setup_intent" if intent_id.startswith("seti_") else "payment_intent", intent_id)
        return record.data


def _module_of(intent: Json) -> Any:
    return setup_intents if intent["object"] == "setup_intent" else payment_intents


def _check_key(key: str) -> None:
    if key.startswith(("pk_live_", "sk_", "rk_")):
        raise ApiError("The sandbox takes publishable test keys here, and no others.", status=401)
    if not key.startswith("pk_test_"):
        raise ApiError("Invalid API Key provided.", status=401)


def _public(intent: Json) -> Json:
    """What a browser may know of an intent: no metadata and no customer."""
    return {name: intent[name] for name in _PUBLIC if name in intent}
