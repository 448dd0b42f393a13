"""What of taxes becomes due as time passes; `settings.DUE_WORK` lists these objects by name."""

from __future__ import annotations

from datetime import datetime

from apps.core import clock
from apps.core.due_work import DueWork, Scope
from apps.customers.selectors import clock_time
from apps.taxes.services.run_tax_id_checks import due_checks, run_tax_id_checks, unasked


def _next_check(scope: Scope) -> datetime | None:
    """A new tax id is due at the scope's own time."""
    if unasked(scope).exists():
        return clock_time(scope.test_clock_id) or clock.now()
    return due_checks(scope).values_list("next_ask_at", flat=True).first()


def _run_checks(scope: Scope, at: datetime) -> int:
    return run_tax_id_checks(scope=scope, at=at)


tax_id_checks = DueWork("tax_id_checks", _next_check, _run_checks)
