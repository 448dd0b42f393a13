"""Idempotency keys as Stripe's v1: the first answer is kept for 24 hours and given again."""

from __future__ import annotations

import hashlib
import json
import threading
from dataclasses import dataclass

from sandbox import clock
from sandbox.errors import ApiError
from sandbox.messages import Json
from sandbox.store import Store

SCHEMA = """
CREATE TABLE IF NOT EXISTS idempotency_keys (
    key TEXT PRIMARY KEY,
    fingerprint TEXT NOT NULL,
    status INTEGER NOT NULL,
    body BLOB NOT NULL,
    request_id TEXT NOT NULL,
    created REAL NOT NULL
);
"""
_KEPT_SECONDS = 24 * 3600
_LONGEST = 255


@dataclass(frozen=True, slots=True)
class SavedAnswer:
    status: int
    body: bytes
    request_id: str


def fingerprint(method: str, path: str, tree: Json) -> str:
    """Equal for equal requests, in whatever order their parameters came."""
    text = f"{method}\n{path}\n{json.dumps(tree, sort_keys=True)}"
    return hashlib.sha256(text.encode()).hexdigest()


class IdempotencyKeys:
    """Saved answers, and the keys whose first request is still being worked on (this process only)."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._in_flight: set[str] = set()

    def begin(self, key: str, print_: str) -> SavedAnswer | None:
        """Claim the key, or give its saved answer. A claim must be released.

        Raises:
            ApiError: 400 other request or too long a key, 409 the first request has not ended.
        """
        if len(key) > _LONGEST:
            raise ApiError(
                f"Idempotency keys may have at most {_LONGEST} characters.", type="idempotency_error"
            )
        with self._lock:
            if key in self._in_flight:
                raise ApiError(
                    "There is currently another in-progress request using this Idempotency Key.",
                    status=409,
                    type="idempotency_error",
                    code="idempotency_key_in_use",
                )
            rows = self._store.rows(
                "SELECT * FROM idempotency_keys WHERE key = ? AND created > ?",
                (key, clock.now() - _KEPT_SECONDS),
            )
            if not rows:
                self._in_flight.add(key)
                return None
        if rows[0]["fingerprint"] != print_:
            raise ApiError(
                "Keys for idempotent requests can only be used with the same parameters they were first used "
                f"with. Try using a key other than '{key}' if you meant to execute a different request.",
                type="idempotency_error",
            )
        return SavedAnswer(rows[0]["status"], rows[0]["body"], rows[0]["request_id"])

    def save(self, key: str, print_: str, answer: SavedAnswer) -> None:
        """Keep an answer; call it in the transaction of the work itself, so that neither stands alone."""
        self._store.execute(
            "INSERT OR REPLACE INTO idempotency_keys VALUES (?, ?, ?, ?, ?, ?)",
            (key, print_, answer.status, answer.body, answer.request_id, clock.now()),
        )

    def release(self, key: str) -> None:
        with self._lock:
            self._in_flight.discard(key)

    def forget(self) -> int:
        """Drop every saved answer, as after 24 hours; how many there were."""
        return self._store.execute("DELETE FROM idempotency_keys")
