"""What of wallets becomes due as time passes; `settings.DUE_WORK` lists these objects by name."""

from __future__ import annotations

from datetime import datetime

from apps.core.due_work import DueWork, Instants, Scope
from apps.wallets.services.expire_grants import expire_grants, expiring_in
from apps.wallets.services.follow_top_up_rule import follow_intervals, topping_up_in


def _expiries(scope: Scope) -> Instants:
    return [expiring_in(scope).values_list("expires_at", flat=True)]


def _run_expiry(scope: Scope, at: datetime) -> int:
    return expire_grants(scope=scope, at=at)


def _regular_top_ups(scope: Scope) -> Instants:
    return [topping_up_in(scope).values_list("next_top_up_at", flat=True)]


def _run_top_ups(scope: Scope, at: datetime) -> int:
    return follow_intervals(scope=scope, at=at)


grant_expiry = DueWork("grant_expiry", _expiries, _run_expiry)
regular_top_ups = DueWork("regular_top_ups", _regular_top_ups, _run_top_ups)
