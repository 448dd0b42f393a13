"""The registry of work that becomes due as time passes; the list itself is strings in the settings."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet
from django.utils.module_loading import import_string


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose time passes: the customers of one test clock, or (``None``) everybody who lives in real time."""

    test_clock_id: int | None = None


Instants = Sequence[QuerySet[Any, datetime | None]]


@dataclass(frozen=True, slots=True)
class DueWork:
    """One kind of work that rows make due.

    ``instants(scope)`` are queries of one column: the instants (UTC) at which rows of the scope become due,
    the earliest first. ``run_due(scope, at)`` does what is due at or before ``at`` and says how many rows it
    handled; it may stop early at a batch, so callers repeat it until it says 0. Any number of processes may.
    """

    name: str
    instants: Callable[[Scope], Instants]
    run_due: Callable[[Scope, datetime], int]

    def next_due(self, scope: Scope) -> datetime | None:
        """The earliest instant (UTC) at which a row of the scope becomes due, or None."""
        return DueQuestion((self,), scope).ask().get(self.name)


class DueQuestion:
    """When each of `works` is due next in a scope: one statement, built once and asked as often as needed.

    In real time it is to be built anew for each turn: what is due "as soon as it is there" says the present.
    """

    def __init__(self, works: Sequence[DueWork], scope: Scope) -> None:
        self._names, columns, self._values = list[str](), list[str](), list[Any]()
        for work in works:
            for query in work.instants(scope):
                try:
                    statement, values = query[:1].query.sql_with_params()
                except EmptyResultSet:
                    continue
                self._names.append(work.name)
                columns.append(f"({statement})")
                self._values += values
        self._statement = f"SELECT {', '.join(columns)}"

    def ask(self) -> Mapping[str, datetime]:
        """The earliest instant (UTC) by the name of the work; works with nothing to come are left out."""
        if not self._names:
            return {}
        with connection.cursor() as cursor:
            cursor.execute(self._statement, self._values)
            found = zip(self._names, cursor.fetchone() or (), strict=True)
        earliest: dict[str, datetime] = {}
        for name, at in found:
            if at is not None:
                earliest[name] = min(at, earliest.get(name, at))
        return earliest


Drain = Callable[[], int]


def registered_due_work() -> tuple[DueWork, ...]:
    """What ``settings.DUE_WORK`` lists (dotted names of DueWork objects), in its order."""
    return tuple(import_string(path) for path in getattr(settings, "DUE_WORK", ()))


def registered_drains() -> tuple[Drain, ...]:
    """What ``settings.DRAINS`` lists: functions that empty a queue and say how many entries they handled."""
    return tuple(import_string(path) for path in getattr(settings, "DRAINS", ()))
