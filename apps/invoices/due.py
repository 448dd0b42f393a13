"""What of invoices becomes due as time passes; `settings.DUE_WORK` lists these objects by name."""

from __future__ import annotations

from datetime import datetime

from apps.core.due_work import DueWork, Scope
from apps.invoices.services.expire_quotes import expire_quotes, quote_expiries
from apps.invoices.services.recognize_revenue import recognition_instants, recognize_revenue


def _recognize(scope: Scope, at: datetime) -> int:
    return recognize_revenue(scope=scope, at=at)


def _expire(scope: Scope, at: datetime) -> int:
    return expire_quotes(scope=scope, at=at)


recognition = DueWork("recognition", lambda scope: [recognition_instants(scope)], _recognize)
quote_expiry = DueWork("quote_expiry", lambda scope: [quote_expiries(scope)], _expire)
