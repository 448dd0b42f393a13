"""What of invoices becomes due as time passes; `settings.DUE_WORK` lists these objects by name."""

from __future__ import annotations

from datetime import datetime

from apps.core.due_work import DueWork, Scope
from apps.invoices.services.expire_quotes import expire_quotes, next_expiry
from apps.invoices.services.recognize_revenue import next_recognition, recognize_revenue


def _recognize(scope: Scope, at: datetime) -> int:
    return recognize_revenue(scope=scope, at=at)


recognition = DueWork("recognition", next_recognition, _recognize)


def _expire(scope: Scope, at: datetime) -> int:
    return expire_quotes(scope=scope, at=at)


quote_expiry = DueWork("quote_expiry", next_expiry, _expire)
