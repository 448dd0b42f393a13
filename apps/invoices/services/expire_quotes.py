from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from apps.core.due_work import Scope
from apps.invoices.enums import QuoteStatus
from apps.invoices.models import Quote
from apps.invoices.services.close_quote import close_quote

BATCH = 200


def quote_expiries(scope: Scope) -> QuerySet[Quote, datetime | None]:
    """When the open quotes of the scope expire, the earliest first."""
    return _open_in(scope).values_list("expires_at", flat=True)


@transaction.atomic
def expire_quotes(*, scope: Scope, at: datetime) -> int:
    """Close the open quotes of a scope whose time is over at `at` (UTC); how many. Repeating does no more."""
    due = (
        _open_in(scope)
        .filter(expires_at__lte=at)
        .select_related("plan_version__plan")
        .select_for_update(of=("self",), skip_locked=True)
    )
    quotes = list(due[:BATCH])
    for quote in quotes:
        close_quote(quote=quote, to=QuoteStatus.EXPIRED, at=quote.expires_at)
    return len(quotes)


def _open_in(scope: Scope) -> QuerySet[Quote]:
    own = Quote.objects.filter(status=QuoteStatus.OPEN, customer__test_clock_id=scope.test_clock_id)
    return own.order_by("expires_at", "pk")
