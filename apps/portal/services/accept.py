from __future__ import annotations

from datetime import datetime

from django.db import transaction

from apps.billing.services.quotes.accept_quote import accept_quote
from apps.billing.services.subscriptions.subscribe import Subscribed
from apps.invoices.models import Quote
from apps.portal.services.record_purchase import GivenConsent, record_purchase


@transaction.atomic
def accept_offer(*, quote: Quote, figures: str, consent: GivenConsent | None, at: datetime) -> Subscribed:
    """Accept a quote for a customer who is there, in one transaction with the consent to be charged.

    `figures` are those of the preview that the page has shown. Nothing is charged here: the caller collects
    the invoices afterwards, with the customer present. `at` is the customer's time.

    Raises:
        QuoteRefused, QuoteOutdated, CardRequired: as `accept_quote` (409).
    """
    subscribed = accept_quote(quote=quote, at=at, figures=figures).subscribed
    record_purchase(customer=quote.customer, subscribed=subscribed, consent=consent, at=at)
    return subscribed
