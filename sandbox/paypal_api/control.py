"""What a test or a demo does at PayPal: /_sandbox/paypal/…"""

from __future__ import annotations

import json
from collections.abc import Callable

from sandbox.call import Call
from sandbox.messages import Json, Request, Response, json_response
from sandbox.paypal_api import captures, disputes, orders, vault
from sandbox.paypal_api.errors import PayPalError
from sandbox.paypal_api.gate import PayPalGate
from sandbox.paypal_api.notifications import sealed
from sandbox.paypal_api.objects import every, load, shown
from sandbox.store import Store

PREFIX = "/_sandbox/paypal/"
_ENDS = {"complete": True, "fail": False}
_ANSWERS = {"approve": True, "decline": False}


class PayPalControl:
    def __init__(self, store: Store, gate: PayPalGate) -> None:
        self._store, self._gate = store, gate

    def answer(self, request: Request) -> Response:
        operation = self._operations().get((request.method, request.path.removeprefix(PREFIX)))
        if operation is None:
            return json_response({"error": f"nothing at {request.method} {request.path}"}, status=404)
        try:
            return json_response(operation(self._read(request)))
        except (ValueError, KeyError) as error:
            return json_response({"error": repr(error)}, status=400)
        except PayPalError as error:
            return json_response(error.body(""), status=error.status)

    def _operations(self) -> dict[tuple[str, str], Callable[[Json], Json]]:
        return {
            ("GET", "state"): self._state,
            ("GET", "events"): self._events,
            ("POST", "approve"): self._approve,
            ("POST", "settle_capture"): lambda body: self._gate.run(
                lambda call: captures.settle_capture(call, body["id"], completes=_ENDS[body["outcome"]])
            ),
            ("POST", "settle_refund"): lambda body: self._gate.run(
                lambda call: captures.settle_refund(call, body["id"], completes=_ENDS[body["outcome"]])
            ),
            ("POST", "dispute"): self._dispute,
            ("POST", "resolve_dispute"): lambda body: self._gate.run(
                lambda call: disputes.resolve_dispute(call, body["id"], outcome=body["outcome"])
            ),
            ("POST", "pay_out"): lambda body: self._gate.run(
                lambda call: captures.pay_out(call, value=body["value"], currency=body["currency"])
            ),
            ("POST", "message"): self._message,
        }

    def _read(self, request: Request) -> Json:
        # A page of another site can post forms but no JSON: the type is part of the defence.
        if request.method != "POST":
            return {}
        if not request.headers.get("content-type", "").startswith("application/json"):
            raise ValueError("send JSON with Content-Type application/json")
        body = json.loads(request.body or b"{}")
        if not isinstance(body, dict):
            raise ValueError("send a JSON object")
        return body

    def _state(self, _: Json) -> Json:
        kinds = ("order", "capture", "refund", "dispute", "transaction", "webhook")
        return {f"{kind}s": [shown(r.data) for r in every(self._store, kind)] for kind in kinds}

    def _events(self, _: Json) -> Json:
        return {"events": [shown(record.data) for record in every(self._store, "event")]}

    def _approve(self, body: Json) -> Json:
        """Answer a setup token as the account of `email`, or an order as its own account."""
        wanted, approves = str(body["id"]), _ANSWERS[body["outcome"]]
        if self._store.find(wanted, "paypal.order"):
            return self._gate.run(lambda call: orders.approve_order(call, wanted, approves=approves))
        email = str(body.get("email", "ada@example.com"))
        return self._gate.run(
            lambda call: vault.approve_setup_token(call, wanted, email=email, approves=approves)
        )

    def _dispute(self, body: Json) -> Json:
        def opened(call: Call) -> Json:
            more = {name: body[name] for name in ("reason", "stage") if name in body}
            return disputes.open_dispute(call, body["capture"], **more)

        return self._gate.run(opened)

    def _message(self, body: Json) -> Json:
        """An event as it would be sent to a webhook; `at` in epoch seconds pretends another time."""
        event = load(self._store, "event", body["event"])
        webhook = load(self._store, "webhook", body["webhook"])
        sent, headers = sealed(event.data, webhook, at=float(body["at"]))
        return {"body": sent.decode(), "headers": headers}
