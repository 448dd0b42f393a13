"""One Idempotency-Key, one effect: the key is kept by the very commit that makes the change.

Two ways, chosen by the endpoint:

* ``answer`` (the usual): the endpoint runs inside one transaction, and the answer is stored in it.
  Endpoints that call a gateway must not do this, for an outside call inside a transaction can be rolled
  back on one side only.
* ``object``: the service that commits the intent calls ``keep_object()`` in its own transaction; the
  gateway call follows; a replay finds the object and renders it anew.

While a request runs it holds an advisory lock on its key. The lock dies with its connection, so a killed
process blocks nobody, and what it had not committed is simply done by the retry.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import DatabaseError, IntegrityError, InterfaceError, connection, transaction

from apps.core.enums import IdempotencyState
from apps.core.errors import Conflict, InvalidInput
from apps.core.models import IdempotencyRecord

MAX_KEY_LENGTH = 255


class IdempotencyKeyInvalid(InvalidInput):
    """The header is empty, too long, or has characters outside printable ASCII."""

    code = "idempotency_key_invalid"


class IdempotencyKeyReused(InvalidInput):
    """The same key came with another request; use a new key for a new request."""

    code = "idempotency_key_reused"
    title = "Idempotency key used for another request"


class RequestInProgress(Conflict):
    """The first request with this key still runs; ask again in a moment."""

    code = "request_in_progress"
    title = "A request with this key is still running"


@dataclass(frozen=True, slots=True)
class KeyedRequest:
    """A request that carries a key; ``scope`` is its brand and mode, so no two tenants share a key."""

    scope: str
    key: str
    method: str
    path: str
    request_hash: str
    received_at: datetime


_current: ContextVar[KeyedRequest | None] = ContextVar("keyed_request", default=None)


def keyed_request(*, scope: str, key: str, method: str, path: str, body: bytes, at: datetime) -> KeyedRequest:
    """Check the key and fingerprint the request.

    Raises:
        IdempotencyKeyInvalid: see there (422).
    """
    if not 1 <= len(key) <= MAX_KEY_LENGTH or not (key.isascii() and key.isprintable()):
        raise IdempotencyKeyInvalid(
            f"Idempotency-Key must be 1 to {MAX_KEY_LENGTH} printable ASCII characters."
        )
    # A separator that no method or path can hold keeps the three parts apart.
    digest = hashlib.sha256(b"\0".join([method.encode(), path.encode(), body])).hexdigest()
    return KeyedRequest(scope, key, method, path[:500], digest, at)


@contextmanager
def exclusive(request: KeyedRequest) -> Iterator[IdempotencyRecord | None]:
    """Hold the key for the duration of the request; yields what an earlier request with it left behind.

    Raises:
        RequestInProgress: another request holds the key (409).
        IdempotencyKeyReused: the earlier request was another one (422).
    """
    lock = _lock_number(request)
    if not _scalar("SELECT pg_try_advisory_lock(%s)", lock):
        raise RequestInProgress("The first request with this key has not finished; try again soon.")
    token = _current.set(request)
    try:
        record = IdempotencyRecord.objects.filter(scope=request.scope, key=request.key).first()
        if record is not None and record.request_hash != request.request_hash:
            raise IdempotencyKeyReused("This Idempotency-Key came before with another request.")
        yield record
    finally:
        _current.reset(token)
        _unlock(lock)


def keep_object(*, object_type: str, object_id: str) -> None:
    """Bind the running request's key, if it has one, to the object that this transaction makes.

    Call it once, inside the transaction that commits the intent, before the gateway is asked.

    Raises:
        RequestInProgress: another process committed this key first; the transaction must roll back (409).
    """
    request = _current.get()
    if request is not None:
        _insert(
            request,
            state=IdempotencyState.BOUND,
            object_type=object_type,
            object_id=object_id,
            created_at=request.received_at,
        )


def keep_answer(request: KeyedRequest, *, status_code: int, body: Any, at: datetime) -> None:
    """Store a finished request's answer: its status only where the service bound an object, else its body.

    Raises:
        RequestInProgress: another process committed this key first; the transaction must roll back (409).
    """
    answer = {
        "state": IdempotencyState.ANSWERED,
        "status_code": status_code,
        "response": body,
        "completed_at": at,
    }
    bound = IdempotencyRecord.objects.filter(
        scope=request.scope, key=request.key, state=IdempotencyState.BOUND
    )
    if not bound.update(**{**answer, "response": None}):
        _insert(request, **answer, created_at=request.received_at)


def _insert(request: KeyedRequest, **columns: Any) -> None:
    # Never an upsert: the unique key is the last guard, and must fail the second of two equal effects.
    try:
        with transaction.atomic():
            IdempotencyRecord.objects.create(
                scope=request.scope,
                key=request.key,
                request_hash=request.request_hash,
                method=request.method,
                path=request.path,
                **columns,
            )
    except IntegrityError as error:
        raise RequestInProgress("Another request with this key has just been committed.") from error


def _lock_number(request: KeyedRequest) -> int:
    # 64 bits of SHA-256: hashtext() has 32 bits, and collides after some ten thousand keys.
    digest = hashlib.sha256(f"idempotency\0{request.scope}\0{request.key}".encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)


def _scalar(sql: str, *parameters: Any) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        row = cursor.fetchone()
    return row[0] if row else None


def _unlock(lock: int) -> None:
    if connection.connection is not None and not connection.needs_rollback:
        with suppress(DatabaseError, InterfaceError):
            _scalar("SELECT pg_advisory_unlock(%s)", lock)
            return
    # A session that cannot unlock must end, not go back to a pool: the server then frees the lock.
    if connection.connection is not None:
        connection.connection.close()
    connection.close()
