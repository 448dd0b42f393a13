"""A cache of integers in PostgreSQL whose counting is exact across processes.

Django's database cache reads, adds and writes back, so parallel increments get lost; here each operation is
one statement on one row. Meant for rate limits (``RATELIMIT_USE_CACHE``), not for caching pages. Counts made
inside a transaction that rolls back are rolled back with it: count before the transaction begins.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, cast

from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache
from django.db import connection

from apps.core import clock

Timeout = float | int | object | None

ADD = """
INSERT INTO core_counterwindow AS w (key, value, expires_at) VALUES (%(key)s, %(value)s, %(expires)s)
ON CONFLICT (key) DO UPDATE SET value = excluded.value, expires_at = excluded.expires_at
WHERE w.expires_at <= %(now)s
RETURNING value
"""
SET = """
INSERT INTO core_counterwindow (key, value, expires_at) VALUES (%(key)s, %(value)s, %(expires)s)
ON CONFLICT (key) DO UPDATE SET value = excluded.value, expires_at = excluded.expires_at
RETURNING value
"""
COUNT = """
INSERT INTO core_counterwindow AS w (key, value, expires_at) VALUES (%(key)s, %(value)s, %(expires)s)
ON CONFLICT (key) DO UPDATE SET
    value = CASE WHEN w.expires_at <= %(now)s THEN excluded.value ELSE w.value + excluded.value END,
    expires_at = CASE WHEN w.expires_at <= %(now)s THEN excluded.expires_at ELSE w.expires_at END
RETURNING value
"""
LIVE = "key = %(key)s AND (expires_at IS NULL OR expires_at > %(now)s)"


class PostgresCounterCache(BaseCache):
    """``CACHES = {"counters": {"BACKEND": "apps.core.counter_cache.PostgresCounterCache"}}``; ints only."""

    def __init__(self, location: str, params: dict[str, Any]) -> None:
        super().__init__(params)

    def add(
        self, key: Any, value: Any, timeout: Timeout = DEFAULT_TIMEOUT, version: int | None = None
    ) -> bool:
        return self._one(ADD, key, version, value=value, timeout=timeout) is not None

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        value = self._one(f"SELECT value FROM core_counterwindow WHERE {LIVE}", key, version)  # noqa: S608
        return default if value is None else value

    def set(
        self, key: Any, value: Any, timeout: Timeout = DEFAULT_TIMEOUT, version: int | None = None
    ) -> None:
        self._one(SET, key, version, value=value, timeout=timeout)

    def touch(self, key: Any, timeout: Timeout = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        sql = f"UPDATE core_counterwindow SET expires_at = %(expires)s WHERE {LIVE} RETURNING value"  # noqa: S608
        return self._one(sql, key, version, timeout=timeout) is not None

    def incr(self, key: Any, delta: int = 1, version: int | None = None) -> int:
        """Add to a live counter in one statement.

        Raises:
            ValueError: there is no such counter, or it has expired (the contract of Django's caches).
        """
        sql = f"UPDATE core_counterwindow SET value = value + %(value)s WHERE {LIVE} RETURNING value"  # noqa: S608
        value = self._one(sql, key, version, value=delta)
        if value is None:
            raise ValueError(f"Key '{key}' not found")
        return value

    def count(self, key: Any, timeout: Timeout, *, delta: int = 1) -> int:
        """The counter after adding ``delta``; absent or expired, it starts anew for ``timeout`` seconds."""
        value = self._one(COUNT, key, None, value=delta, timeout=timeout)
        return int(value or 0)

    def delete(self, key: Any, version: int | None = None) -> bool:
        sql = f"DELETE FROM core_counterwindow WHERE {LIVE} RETURNING value"  # noqa: S608
        return self._one(sql, key, version) is not None

    def clear(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM core_counterwindow")

    def delete_expired(self, at: datetime) -> int:
        """Forget the counters that ended at or before ``at``; says how many."""
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM core_counterwindow WHERE expires_at <= %s", [at])
            return int(cursor.rowcount)

    def _one(
        self,
        sql: str,
        key: Any,
        version: int | None,
        *,
        value: int = 0,
        timeout: Timeout = DEFAULT_TIMEOUT,
    ) -> int | None:
        if isinstance(value, bool) or not isinstance(value, int):
            raise TypeError(f"this cache counts: it keeps integers, not {type(value).__name__}")
        now = clock.now()
        named: dict[str, Any] = {
            "key": self.make_and_validate_key(key, version=version),
            "value": value,
            "now": now,
            "expires": self._expiry(now, timeout),
        }
        with connection.cursor() as cursor:
            cursor.execute(sql, named)
            row = cursor.fetchone()
        return None if row is None else int(row[0])

    def _expiry(self, now: datetime, timeout: Timeout) -> datetime | None:
        seconds = self.default_timeout if timeout is DEFAULT_TIMEOUT else timeout
        if seconds is None:
            return None
        return now + timedelta(seconds=float(cast("float", seconds)))
