"""The control interface for tests and demos: JSON under /_sandbox/."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from sandbox import clock
from sandbox.call import Call
from sandbox.cards import Behaviour
from sandbox.errors import ApiError
from sandbox.faults import Faults
from sandbox.forms import parse_form
from sandbox.idempotency import IdempotencyKeys
from sandbox.messages import Json, Request, Response, json_response
from sandbox.store import Page, Store
from sandbox.stripe_api import disputes, payment_intents, payouts, refunds, setup_intents
from sandbox.stripe_api.gate import Gate
from sandbox.webhooks import Dispatcher

_TABLES = ("idempotency_keys", "faults", "outbox", "deliveries")
_FILTERS = {"customer", "payment_intent", "idempotency_key", "metadata", "status", "limit"}
_CHARGE_FIELDS = (
    "id", "amount", "amount_captured", "amount_refunded", "captured", "created", "currency", "customer",
    "failure_code", "metadata", "paid", "payment_intent", "payment_method", "refunded", "status",
)  # fmt: skip
_REFUND_FIELDS = ("id", "amount", "charge", "created", "currency", "metadata", "payment_intent", "status")


class Control:
    """What Stripe's own dashboard or a test needs, and the interface of Stripe does not offer."""

    def __init__(
        self, store: Store, faults: Faults, keys: IdempotencyKeys, dispatcher: Dispatcher, gate: Gate
    ) -> None:
        self._store, self._faults, self._keys = store, faults, keys
        self._dispatcher, self._gate = dispatcher, gate

    def answer(self, request: Request) -> Response:
        steps = request.path.removeprefix("/_sandbox/").split("/")
        operation = self._operations().get((request.method, steps[0], len(steps)))
        if operation is None:
            return json_response({"error": f"nothing at {request.method} {request.path}"}, status=404)
        try:
            # A page of another site can post forms but no JSON: the type is part of the defence.
            body = self._read(request) if request.method == "POST" else parse_form(request.query)
            return json_response(operation(body, *steps[1:]))
        except (ValueError, KeyError) as exc:
            return json_response({"error": str(exc)}, status=400)
        except ApiError as error:
            return json_response(error.body(""), status=error.status)

    def _operations(self) -> dict[tuple[str, str, int], Callable[..., Any]]:
        return {
            ("POST", "reset", 1): self._reset,
            ("GET", "state.json", 1): self._state,
            ("GET", "faults", 1): lambda _: {"faults": self._faults.all()},
            ("POST", "faults", 1): lambda body: {"id": self._faults.add(body).id},
            ("DELETE", "faults", 1): lambda _: {"removed": self._faults.remove()},
            ("DELETE", "faults", 2): lambda _, fault_id: {"removed": self._faults.remove(fault_id)},
            ("POST", "payment_methods", 2): self._set_behaviour,
            ("POST", "authenticate", 1): self._authenticate,
            ("POST", "refunds", 2): self._settle_refund,
            ("POST", "disputes", 1): self._dispute,
            ("POST", "disputes", 2): self._decide,
            ("POST", "payouts", 1): self._pay_out,
            ("POST", "payouts", 2): self._end_payout,
            ("POST", "webhooks", 1): self._pause,
            ("POST", "deliver", 1): lambda _: {"deliveries": self._dispatcher.deliver_now()},
            ("GET", "deliveries", 1): self._deliveries,
            ("POST", "events", 3): self._resend,
            ("POST", "forget_idempotency_keys", 1): lambda _: {"forgotten": self._keys.forget()},
        }

    def _read(self, request: Request) -> Json:
        if not request.headers.get("content-type", "").startswith("application/json"):
            raise ValueError("send JSON with Content-Type application/json")
        body = json.loads(request.body or b"{}")
        if not isinstance(body, dict):
            raise ValueError("send a JSON object")
        return body

    def _reset(self, body: Json) -> Json:
        """Forget everything; `keep_endpoints` leaves the webhook endpoints."""
        self._dispatcher.paused = True
        self._dispatcher.wait_until_idle()
        kept = (
            self._store.select("webhook_endpoint", Page(limit=100))[0] if body.get("keep_endpoints") else []
        )
        with self._store.transaction():
            self._store.clear(_TABLES)
            for record in kept:
                self._store.insert(record.data, hidden=record.hidden)
        self._faults.remove()
        self._dispatcher.paused = False
        return {"reset": True}

    def _state(self, wanted: Json) -> Json:
        """Charges, newest first, with the keys they came under; and how much there is of everything."""
        unknown = set(wanted) - _FILTERS
        if unknown:
            raise ValueError(f"unknown filter: {', '.join(sorted(unknown))}")
        page = Page(limit=int(wanted.get("limit", 100_000)))
        labels = [wanted["status"]] if "status" in wanted else []
        intent = wanted.get("payment_intent")
        records, _ = self._store.select(
            "charge", page, customer=wanted.get("customer"), parent=intent, labels=labels
        )
        charges = [
            {
                **{name: r.data[name] for name in _CHARGE_FIELDS},
                "idempotency_key": r.hidden["idempotency_key"],
            }
            for r in records
        ]
        key, metadata = wanted.get("idempotency_key"), wanted.get("metadata", {})
        found = [
            charge
            for charge in charges
            if key in {None, charge["idempotency_key"]} and metadata.items() <= charge["metadata"].items()
        ]
        return {
            "charges": found,
            "refunds": self._refunds(wanted),
            "counts": self._store.counts(),
            "outbox": self._outbox(),
        }

    def _refunds(self, wanted: Json) -> list[Json]:
        """Refunds, newest first, by customer and metadata."""
        records, _ = self._store.select("refund", Page(limit=100_000), customer=wanted.get("customer"))
        metadata = wanted.get("metadata", {})
        return [
            {
                **{name: r.data[name] for name in _REFUND_FIELDS},
                "idempotency_key": r.hidden["idempotency_key"],
            }
            for r in records
            if metadata.items() <= r.data["metadata"].items()
        ]

    def _settle_refund(self, body: Json, refund_id: str) -> Json:
        """End a refund as the bank does days later."""
        outcome = {"": "", "succeeded": "succeeded", "failed": "failed"}[body.get("outcome", "")]
        return self._run(lambda call: refunds.settle_refund(call, refund_id, outcome))

    def _outbox(self) -> Json:
        rows = self._store.rows("SELECT state, count(*) AS n FROM outbox GROUP BY state")
        return {"pending": 0, "delivered": 0, "failed": 0, **{row["state"]: row["n"] for row in rows}}

    def _set_behaviour(self, body: Json, method_id: str) -> Json:
        """Change what a saved card does from now on."""
        behaviour = Behaviour(body["behaviour"])
        with self._store.transaction():
            record = Call(self._store, 0).load("payment_method", method_id)
            self._store.update(record.data, hidden={**record.hidden, "behaviour": behaviour})
        return {"id": method_id, "behaviour": behaviour}

    def _authenticate(self, body: Json) -> Json:
        """End a 3-D Secure challenge as the customer would."""
        intent_id, complete = str(body["intent"]), {"complete": True, "fail": False}[body["outcome"]]
        module = setup_intents if intent_id.startswith("seti_") else payment_intents
        return self._run(lambda call: module.authenticate(call, intent_id, complete=complete))

    def _dispute(self, body: Json) -> Json:
        """A bank disputes a charge."""
        charge_id, reason = str(body["charge"]), str(body.get("reason", "fraudulent"))
        inquiry, amount = bool(body.get("inquiry")), body.get("amount")
        return self._run(
            lambda call: disputes.open_dispute(call, charge_id, reason=reason, inquiry=inquiry, amount=amount)
        )

    def _decide(self, body: Json, dispute_id: str) -> Json:
        outcome = str(body["outcome"])
        return self._run(lambda call: disputes.decide_dispute(call, dispute_id, outcome))

    def _pay_out(self, body: Json) -> Json:
        """Send what the account holds to the bank."""
        currency, arrived = str(body["currency"]).lower(), bool(body.get("arrived", True))
        return self._run(lambda call: payouts.make_payout(call, currency=currency, arrived=arrived))

    def _end_payout(self, body: Json, payout_id: str) -> Json:
        outcome = str(body["outcome"])
        return self._run(lambda call: payouts.end_payout(call, payout_id, outcome))

    def _run(self, operation: Callable[[Call], Json]) -> Json:
        _, answer = self._gate.run(Call(self._store, int(clock.now())), operation)
        self._dispatcher.wake()
        return answer

    def _pause(self, body: Json) -> Json:
        self._dispatcher.paused = bool(body["paused"])
        self._dispatcher.wake()
        return {"paused": self._dispatcher.paused}

    def _deliveries(self, wanted: Json) -> Json:
        """The delivery log, oldest first, of one event or of all."""
        query = (
            "SELECT event, endpoint, at, status, error FROM deliveries"
            " WHERE ?1 IS NULL OR event = ?1 ORDER BY id"
        )
        return {"deliveries": [dict(row) for row in self._store.rows(query, (wanted.get("event"),))]}

    def _resend(self, _: Json, event_id: str, verb: str) -> Json:
        if verb != "resend":
            raise ValueError(f"unknown verb {verb}")
        return {"queued": self._dispatcher.resend(event_id)}
