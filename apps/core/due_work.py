"""The registry of work that becomes due as time passes; the list itself is strings in the settings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.utils.module_loading import import_string


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose time passes: the customers of one test clock, or (``None``) everybody who lives in real time."""

    test_clock_id: int | None = None


@dataclass(frozen=True, slots=True)
class DueWork:
    """One kind of work that rows make due.

    ``next_due(scope)`` is the earliest instant (UTC) at which a row of the scope becomes due, or None.
    ``run_due(scope, at)`` does what is due at or before ``at`` and says how many rows it handled; it may stop
    early at a batch, so callers repeat it until it says 0. Both are safe to run in several processes at once.
    """

    name: str
    next_due: Callable[[Scope], datetime | None]
    run_due: Callable[[Scope, datetime], int]


Drain = Callable[[], int]


def registered_due_work() -> tuple[DueWork, ...]:
    """What ``settings.DUE_WORK`` lists (dotted names of DueWork objects), in its order."""
    return tuple(import_string(path) for path in getattr(settings, "DUE_WORK", ()))


def registered_drains() -> tuple[Drain, ...]:
    """What ``settings.DRAINS`` lists: functions that empty a queue and say how many entries they handled."""
    return tuple(import_string(path) for path in getattr(settings, "DRAINS", ()))
