from __future__ import annotations

from datetime import datetime

from django.db import transaction

from apps.billing.services.collection.hold_collection import hold_collection
from apps.billing.services.quotes.accept_quote import accept_quote
from apps.billing.services.subscriptions.subscribe import Subscribed
from apps.customers.enums import ConsentKind
from apps.customers.services.record_consent import record_consent
from apps.invoices.models import Quote
from apps.portal.services.buy import TIME_TO_PAY, GivenConsent


@transaction.atomic
def accept_offer(*, quote: Quote, figures: str, consent: GivenConsent | None, at: datetime) -> Subscribed:
    """Accept a quote for a customer who is there, in one transaction with the consent to be charged.

    `figures` are those of the preview that the page has shown. Nothing is charged here: the caller collects
    the invoices afterwards, with the customer present. `at` is the customer's time.

    Raises:
        QuoteRefused, QuoteOutdated, CardRequired: as `accept_quote` (409).
    """
    subscribed = accept_quote(quote=quote, at=at, figures=figures).subscribed
    if consent is not None:
        record_consent(
            customer=quote.customer,
            kind=ConsentKind.RECURRING_CHARGE,
            text=consent.text,
            user=consent.user,
            ip=consent.ip,
            subject=subscribed.subscription.public_id,
            at=at,
        )
    for invoice in subscribed.invoices:
        hold_collection(invoice=invoice, until=at + TIME_TO_PAY)
    return subscribed
