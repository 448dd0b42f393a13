from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from apps.billing.errors import QuoteOutdated
from apps.billing.quote_figures import QuotePreview
from apps.billing.quote_terms import QuoteTerms
from apps.billing.services.quotes.preview_quote import preview_quote, purchase_of_quote
from apps.billing.services.run.bill_customer import lock_billed_customer
from apps.billing.services.subscriptions.subscribe import Subscribed, subscribe
from apps.core.errors import DomainError
from apps.invoices.enums import QuoteStatus
from apps.invoices.errors import QuoteRefused
from apps.invoices.models import Quote
from apps.invoices.services.close_quote import close_quote, lock_quote, refuse_closed


@dataclass(frozen=True, slots=True)
class AcceptedQuote:
    """A quote that has become a subscription, and the invoices that this owes by now."""

    quote: Quote
    subscribed: Subscribed


@transaction.atomic
def accept_quote(*, quote: Quote, at: datetime, figures: str = "") -> AcceptedQuote:
    """Subscribe to exactly what a quote offers, at `at` (the customer's time): same prices, same coupons,
    and the amounts that were shown.

    `figures` are those of a newer preview of the quote, which is accepted in place of the kept one. One
    transaction: all of it, or nothing. Nothing is charged here, as in `subscribe`.

    Raises:
        QuoteRefused: it is not open any more, or has expired (409).
        QuoteOutdated: prices, a coupon or the tax have moved; it names the preview of now (409).
        CardRequired: it is charged automatically and there is no payment method (409).
    """
    customer = lock_billed_customer(customer_id=quote.customer_id)
    held = lock_quote(quote_id=quote.pk)
    refuse_closed(held, QuoteStatus.ACCEPTED)
    if at >= held.expires_at:
        raise QuoteRefused("The quote has expired.", field="quote")
    terms = QuoteTerms.from_json(held.terms)
    preview = preview_kept_quote(quote=held, at=at)
    if preview.figures != (figures or held.figures):
        raise QuoteOutdated("What was quoted does not hold any more.", preview=preview)
    codes = [code.code for code in preview.codes if not code.refusal]
    purchase = purchase_of_quote(terms=terms, version=preview.version, codes=codes)
    subscribed = subscribe(customer=customer, purchase=purchase, at=at)
    close_quote(quote=held, to=QuoteStatus.ACCEPTED, at=at, subscription=subscribed.subscription)
    return AcceptedQuote(held, subscribed)


def preview_kept_quote(*, quote: Quote, at: datetime) -> QuotePreview:
    """What accepting a quote at `at` (the customer's time) would come to; codes that count no more are told.

    Raises:
        QuoteOutdated: it cannot be sold any more, and why; without a preview (409).
    """
    terms = QuoteTerms.from_json(quote.terms)
    try:
        return preview_quote(terms=terms, customer=quote.customer, at=at, refuses_codes=False)
    except DomainError as error:
        raise QuoteOutdated(f"It is not possible any more: {error.message}") from error
