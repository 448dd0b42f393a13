"""What of wallets becomes due as time passes; `settings.DUE_WORK` lists these objects by name."""

from __future__ import annotations

from datetime import datetime

from apps.core.due_work import DueWork, Scope
from apps.wallets.services.expire_grants import expire_grants, expiring_in
from apps.wallets.services.follow_top_up_rule import follow_intervals, topping_up_in


def _next_expiry(scope: Scope) -> datetime | None:
    return expiring_in(scope).values_list("expires_at", flat=True).first()


def _run_expiry(scope: Scope, at: datetime) -> int:
    return expire_grants(scope=scope, at=at)


def _next_top_up(scope: Scope) -> datetime | None:
    return topping_up_in(scope).values_list("next_top_up_at", flat=True).first()


def _run_top_ups(scope: Scope, at: datetime) -> int:
    return follow_intervals(scope=scope, at=at)


grant_expiry = DueWork("grant_expiry", _next_expiry, _run_expiry)
regular_top_ups = DueWork("regular_top_ups", _next_top_up, _run_top_ups)
