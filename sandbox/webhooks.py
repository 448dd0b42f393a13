"""Events and their way out: written with the change itself, sent afterwards, signed at each try."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import random
import threading
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from sandbox import clock
from sandbox.faults import Fault, FaultKind
from sandbox.ids import new_id
from sandbox.messages import Json
from sandbox.store import Page, Record, Store

API_VERSION = "2026-05-27.dahlia"
SCHEMA = """
CREATE TABLE IF NOT EXISTS outbox (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    event TEXT NOT NULL,
    endpoint TEXT NOT NULL,
    next_at REAL NOT NULL,
    tries INTEGER NOT NULL DEFAULT 0,
    state TEXT NOT NULL DEFAULT 'pending'
);
CREATE INDEX IF NOT EXISTS outbox_due ON outbox (next_at) WHERE state = 'pending';
CREATE INDEX IF NOT EXISTS outbox_event ON outbox (event);
CREATE TABLE IF NOT EXISTS deliveries (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    outbox INTEGER NOT NULL,
    event TEXT NOT NULL,
    endpoint TEXT NOT NULL,
    at REAL NOT NULL,
    status INTEGER,
    error TEXT
);
CREATE INDEX IF NOT EXISTS deliveries_event ON deliveries (event);
"""
_BACKOFF_SECONDS = (0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300, 600)
_TIMEOUT_SECONDS = 15
_WORKERS = 4


@dataclass(frozen=True, slots=True)
class DeliveryPlan:
    """How the events of one request go out; the default is once and at once."""

    dropped: bool = False
    copies: int = 1
    delay: float = 0.0
    shuffled_within: float = 0.0

    @classmethod
    def of(cls, hits: dict[FaultKind, Fault]) -> DeliveryPlan:
        late, shuffle = hits.get(FaultKind.WEBHOOK_LATE), hits.get(FaultKind.WEBHOOK_SHUFFLE)
        return cls(
            dropped=FaultKind.WEBHOOK_DROP in hits,
            copies=2 if FaultKind.WEBHOOK_DUPLICATE in hits else 1,
            delay=late.seconds if late else 0.0,
            shuffled_within=shuffle.seconds if shuffle else 0.0,
        )


def record_event(store: Store, event: Json, plan: DeliveryPlan) -> None:
    """Keep an event and one outbox row for each endpoint that wants it; part of the caller's transaction."""
    endpoints, _ = store.select("webhook_endpoint", Page(limit=100))
    wanted = [e.data["id"] for e in endpoints if _wants(e.data, event["type"])]
    event["pending_webhooks"] = 0 if plan.dropped else len(wanted)
    subject = event["data"]["object"]
    owner = subject["id"] if subject["object"] == "customer" else subject.get("customer")
    store.insert(event, customer=owner, parent=subject["id"], label=event["type"])
    queue_event(store, event["id"], wanted, plan)


def queue_event(store: Store, event_id: str, endpoints: Collection[str], plan: DeliveryPlan) -> None:
    """One outbox row for each endpoint and copy; part of the caller's transaction."""
    for endpoint in () if plan.dropped else endpoints:
        for _ in range(plan.copies):
            next_at = clock.now() + plan.delay + random.uniform(0, plan.shuffled_within)
            store.execute(
                "INSERT INTO outbox (event, endpoint, next_at) VALUES (?, ?, ?)",
                (event_id, endpoint, next_at),
            )


def new_event(kind: str, subject: Json, *, at: int, request_id: str | None, key: str | None) -> Json:
    return {
        "id": new_id("event"),
        "object": "event",
        "account": None,
        "api_version": API_VERSION,
        "context": None,
        "created": at,
        "data": {"object": subject},
        "livemode": False,
        "pending_webhooks": 0,
        "request": {"id": request_id, "idempotency_key": key},
        "type": kind,
    }


def pending_count(store: Store, event_id: str) -> int:
    """Endpoints that have not yet acknowledged the event."""
    query = "SELECT count(DISTINCT endpoint) AS n FROM outbox WHERE event = ? AND state != 'delivered'"
    return int(store.rows(query, (event_id,))[0]["n"])


def sign(payload: bytes, secret: str, *, at: int) -> str:
    """The Stripe-Signature header: HMAC-SHA256 over the time and the exact bytes."""
    digest = hmac.new(secret.encode(), f"{at}.".encode() + payload, hashlib.sha256).hexdigest()
    return f"t={at},v1={digest}"


Envelope = Callable[[Record, Record], tuple[bytes, dict[str, str]]]
"""The body and headers with which a provider sends an event (first) to an endpoint (second), signed now."""


class Dispatcher:
    """Sends what the outbox holds. A killed process loses no delivery, but may repeat one.

    `envelopes` tells, by the kind of the event, how providers other than Stripe write their messages.
    """

    def __init__(self, store: Store, envelopes: Mapping[str, Envelope] | None = None) -> None:
        self._store = store
        self._envelopes = {"event": self._stripe_envelope, **(envelopes or {})}
        self._changed = threading.Condition()
        self._busy: set[int] = set()
        self._stopped = False
        self.paused = False
        self._thread: threading.Thread | None = None
        self._pool = ThreadPoolExecutor(_WORKERS, thread_name_prefix="webhook")

    def start(self) -> None:
        self._thread = threading.Thread(target=self._run, name="webhooks", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        with self._changed:
            self._stopped = True
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join(timeout=5)
        self._pool.shutdown(wait=True, cancel_futures=True)

    def wake(self) -> None:
        with self._changed:
            self._changed.notify_all()

    def deliver_now(self) -> list[Json]:
        """Try everything that waits, whatever its time, in order; the outcome of each try."""
        done = []
        for row in self._claim(before=float("inf"), limit=100_000):
            done.append(self._deliver(row))
        self.wait_until_idle()
        return done

    def wait_until_idle(self) -> None:
        """Wait for the deliveries that are on their way, at most one timeout."""
        with self._changed:
            self._changed.wait_for(lambda: not self._busy, timeout=_TIMEOUT_SECONDS)

    def resend(self, event_id: str) -> int:
        """Queue an event once more for each of its endpoints; how many."""
        count = self._store.execute(
            "INSERT INTO outbox (event, endpoint, next_at) SELECT DISTINCT event, endpoint, ? FROM outbox"
            " WHERE event = ?",
            (clock.now(), event_id),
        )
        self.wake()
        return count

    def _claim(self, *, before: float, limit: int) -> list[Any]:
        with self._changed:
            rows = self._store.rows(
                "SELECT * FROM outbox WHERE state = 'pending' AND next_at <= ? ORDER BY next_at, id LIMIT ?",
                (before, limit + len(self._busy)),
            )
            free = [row for row in rows if row["id"] not in self._busy][:limit]
            self._busy.update(row["id"] for row in free)
            return free

    def _run(self) -> None:
        while not self._stopped:
            if not self.paused:
                for row in self._claim(before=clock.now(), limit=_WORKERS * 4):
                    self._pool.submit(self._deliver, row)
            with self._changed:
                if not self._stopped:
                    self._changed.wait(timeout=self._pause())

    def _pause(self) -> float:
        if self.paused or len(self._busy) >= _WORKERS * 4:
            return 60.0
        rows = self._store.rows(
            "SELECT id, next_at FROM outbox WHERE state = 'pending' ORDER BY next_at LIMIT ?",
            (len(self._busy) + 1,),
        )
        waits = [row["next_at"] - clock.now() for row in rows if row["id"] not in self._busy]
        return max(0.0, min(60.0, *waits)) if waits else 60.0

    def _deliver(self, row: Any) -> Json:
        status, error = None, None
        try:
            event, endpoint = self._store.find(row["event"]), self._store.find(row["endpoint"])
            if event is None or endpoint is None or endpoint.data.get("status", "enabled") != "enabled":
                error = "gone"
            else:
                payload, headers = self._envelopes[event.data["object"]](event, endpoint)
                status = _post(endpoint.data["url"], payload, headers)
        except (OSError, http.client.HTTPException) as exc:
            error = str(exc) or type(exc).__name__
        finally:
            self._finish(row, status, error)
        return {"event": row["event"], "endpoint": row["endpoint"], "status": status, "error": error}

    def _stripe_envelope(self, event: Record, endpoint: Record) -> tuple[bytes, dict[str, str]]:
        event.data["pending_webhooks"] = pending_count(self._store, event.data["id"])
        payload = json.dumps(event.data, indent=2).encode()
        return payload, {
            "User-Agent": "Stripe/1.0 (Monetize sandbox)",
            "Stripe-Signature": sign(payload, endpoint.hidden["secret"], at=int(clock.now())),
        }

    def _finish(self, row: Any, status: int | None, error: str | None) -> None:
        tries = row["tries"] + 1
        state = "pending"
        if status is not None and 200 <= status < 300:
            state = "delivered"
        elif error == "gone" or tries > len(_BACKOFF_SECONDS):
            state = "failed"
        next_at = clock.now() + (_BACKOFF_SECONDS[tries - 1] if state == "pending" else 0)
        with self._store.transaction():
            self._store.execute(
                "UPDATE outbox SET tries = ?, state = ?, next_at = ? WHERE id = ?",
                (tries, state, next_at, row["id"]),
            )
            self._store.execute(
                "INSERT INTO deliveries (outbox, event, endpoint, at, status, error)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                (row["id"], row["event"], row["endpoint"], clock.now(), status, error),
            )
        with self._changed:
            self._busy.discard(row["id"])
            self._changed.notify_all()


def _wants(endpoint: Json, kind: str) -> bool:
    wanted: Collection[str] = endpoint["enabled_events"]
    return endpoint["status"] == "enabled" and ("*" in wanted or kind in wanted)


def _post(url: str, payload: bytes, signed: dict[str, str]) -> int:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port or 80, timeout=_TIMEOUT_SECONDS)
    headers = {"Content-Type": "application/json; charset=utf-8", **signed}
    try:
        connection.request(
            "POST", (parts.path or "/") + (f"?{parts.query}" if parts.query else ""), payload, headers
        )
        response = connection.getresponse()
        response.read()
        return response.status
    finally:
        connection.close()
