from __future__ import annotations

from datetime import datetime
from typing import Any

from apps.audit.services.record import record_event
from apps.invoices.enums import QUOTE_NEXT, QuoteStatus
from apps.invoices.errors import QuoteRefused
from apps.invoices.models import Quote
from apps.subscriptions.models import Subscription


def close_quote(
    *, quote: Quote, to: QuoteStatus, at: datetime, subscription: Subscription | None = None
) -> None:
    """Move a locked quote out of being open, in the caller's transaction; `at` is the customer's time (UTC).

    Raises:
        QuoteRefused: it is not open any more (409).
    """
    refuse_closed(quote, to)
    quote.status, quote.closed_at, quote.subscription = to, at, subscription
    quote.save(update_fields=["status", "closed_at", "subscription"])
    data: dict[str, Any] = {"plan": quote.plan_version.plan.code}
    if subscription is not None:
        data["subscription"] = subscription.public_id
    record_event(name=f"quote.{to.value}", subject=quote, at=at, data=data)


def refuse_closed(quote: Quote, to: QuoteStatus) -> None:
    """Refuse what only an open quote allows.

    Raises:
        QuoteRefused: it is not open any more (409).
    """
    if to not in QUOTE_NEXT[QuoteStatus(quote.status)]:
        raise QuoteRefused(f"The quote is {quote.status}.", field="quote")


def lock_quote(*, quote_id: int) -> Quote:
    """A quote, held until the caller's transaction ends; after its customer, where that is held too."""
    return (
        Quote.objects.select_related("plan_version__plan", "customer__brand")
        .select_for_update(of=("self",))
        .get(pk=quote_id)
    )
