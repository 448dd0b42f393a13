from __future__ import annotations

from datetime import datetime

from django.db import transaction

from apps.invoices.enums import QuoteStatus
from apps.invoices.models import Quote
from apps.invoices.services.close_quote import close_quote, lock_quote


@transaction.atomic
def cancel_quote(*, quote_id: int, at: datetime) -> Quote:
    """Take an offer back at `at` (the customer's time): it can be accepted no more.

    Raises:
        QuoteRefused: it is not open any more (409).
    """
    quote = lock_quote(quote_id=quote_id)
    close_quote(quote=quote, to=QuoteStatus.CANCELED, at=at)
    return quote
