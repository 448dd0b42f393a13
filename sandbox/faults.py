"""Faults on demand: which requests meet trouble, of what kind, and how often."""

from __future__ import annotations

import fnmatch
import json
import random
import threading
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from sandbox.ids import new_id
from sandbox.messages import Json
from sandbox.store import Store

SCHEMA = "CREATE TABLE IF NOT EXISTS faults (id TEXT PRIMARY KEY, fault TEXT NOT NULL);"


class FaultKind(StrEnum):
    LATENCY = "latency"
    RESET_BEFORE = "reset_before"
    """The connection dies before anything is done."""
    RESET_AFTER = "reset_after"
    """The work is done and kept, then the connection dies without an answer."""
    ERROR_500 = "error_500"
    """Nothing is done; the 500 is kept under the idempotency key, as Stripe's, unless `stored` is false."""
    ERROR_429 = "error_429"
    WEBHOOK_DROP = "webhook_drop"
    WEBHOOK_DUPLICATE = "webhook_duplicate"
    WEBHOOK_LATE = "webhook_late"
    WEBHOOK_SHUFFLE = "webhook_shuffle"


@dataclass(frozen=True, slots=True)
class Facts:
    """What a fault can be matched with."""

    method: str
    path: str
    idempotency_key: str | None = None
    customer: str | None = None
    metadata: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Fault:
    """`times` is how many requests it hits at most (0: no end); a seeded probability repeats itself."""

    id: str
    kind: str
    match: Json
    times: int = 1
    seconds: float = 1.0
    probability: float = 1.0
    seed: int = 0
    stored: bool = True
    seen: int = 0
    fired: int = 0

    def is_about(self, facts: Facts) -> bool:
        wanted = self.match
        if not fnmatch.fnmatchcase(facts.path, wanted.get("path", "*")):
            return False
        if any(wanted.get(name, getattr(facts, name)) != getattr(facts, name) for name in _PLAIN):
            return False
        return all(facts.metadata.get(k) == str(v) for k, v in wanted.get("metadata", {}).items())

    def strikes(self) -> bool:
        """Count one matching request; whether it is hit."""
        if self.times and self.fired >= self.times:
            return False
        self.seen += 1
        if random.Random(f"{self.seed}:{self.seen}").random() >= self.probability:
            return False
        self.fired += 1
        return True


_PLAIN = ("method", "idempotency_key", "customer")
_MATCH = {"path", "metadata", *_PLAIN}
_TYPES: dict[str, tuple[type, ...]] = {
    "match": (dict,),
    "kind": (str,),
    "times": (int,),
    "seconds": (int, float),
    "probability": (int, float),
    "seed": (int,),
    "stored": (bool,),
}


class Faults:
    """The faults that are set, in memory for speed and in the store for a restart."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        rows = store.rows("SELECT fault FROM faults ORDER BY rowid")
        self._faults = [Fault(**json.loads(row["fault"])) for row in rows]

    def __bool__(self) -> bool:
        return bool(self._faults)

    def add(self, wish: Json) -> Fault:
        """Set a fault.

        Raises:
            ValueError: an unknown name, kind or type.
        """
        unknown = (set(wish) - set(_TYPES)) | (set(wish.get("match", {})) - _MATCH)
        if unknown:
            raise ValueError(f"unknown: {', '.join(sorted(unknown))}")
        for name, value in wish.items():
            if not isinstance(value, _TYPES[name]):
                raise ValueError(f"{name} has the wrong type")
        kind = FaultKind(wish.get("kind", ""))
        fault = Fault(**{"match": {}, **wish, "id": new_id("fault"), "kind": kind.value})
        with self._lock:
            self._faults.append(fault)
            self._store.execute("INSERT INTO faults VALUES (?, ?)", (fault.id, json.dumps(asdict(fault))))
        return fault

    def remove(self, fault_id: str | None = None) -> int:
        """Lift one fault, or all; how many were lifted."""
        with self._lock:
            before = len(self._faults)
            self._faults = [f for f in self._faults if fault_id is not None and f.id != fault_id]
            self._store.execute("DELETE FROM faults WHERE ? IS NULL OR id = ?", (fault_id, fault_id))
            return before - len(self._faults)

    def all(self) -> list[Json]:
        with self._lock:
            return [asdict(fault) for fault in self._faults]

    def strike(self, facts: Facts) -> dict[FaultKind, Fault]:
        """The faults that hit this request; each is counted."""
        hits = {}
        with self._lock:
            for fault in self._faults:
                if fault.is_about(facts) and fault.strikes():
                    hits[FaultKind(fault.kind)] = fault
                    self._store.execute(
                        "UPDATE faults SET fault = ? WHERE id = ?", (json.dumps(asdict(fault)), fault.id)
                    )
        return hits
