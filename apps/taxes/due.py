"""What of taxes becomes due as time passes; `settings.DUE_WORK` lists these objects by name."""

from __future__ import annotations

from datetime import datetime

from apps.core.due_work import DueWork, Instants, Scope
from apps.customers.selectors import scope_time
from apps.taxes.services.run_tax_id_checks import due_checks, run_tax_id_checks, unasked


def _checks(scope: Scope) -> Instants:
    """A new tax id is due at the scope's own time."""
    new = unasked(scope).annotate(present=scope_time(scope)).values_list("present", flat=True)
    return [new, due_checks(scope).values_list("next_ask_at", flat=True)]


def _run_checks(scope: Scope, at: datetime) -> int:
    return run_tax_id_checks(scope=scope, at=at)


tax_id_checks = DueWork("tax_id_checks", _checks, _run_checks)
