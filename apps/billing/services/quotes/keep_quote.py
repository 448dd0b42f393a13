from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from apps.audit.services.record import record_event
from apps.billing.quote_figures import QuotePreview
from apps.billing.quote_terms import PrivateOffer, QuoteTerms
from apps.billing.services.quotes.preview_quote import preview_quote
from apps.billing.services.quotes.private_plan import make_private_plan
from apps.core.errors import InvalidInput
from apps.customers.models import Customer
from apps.invoices.models import Quote

LASTS = timedelta(days=30)
MOST = timedelta(days=366)
Rendered = Callable[[QuotePreview], dict[str, Any]]


@transaction.atomic
def keep_quote(
    *,
    customer: Customer,
    terms: QuoteTerms,
    at: datetime,
    rendered: Rendered,
    offer: PrivateOffer | None = None,
    expires_at: datetime | None = None,
    memo: str = "",
) -> tuple[Quote, QuotePreview]:
    """Keep an offer to a customer, with what it comes to at `at` (the customer's time): 30 days unless told.

    Prices of their own become a private plan, so that accepting takes the very same prices. `rendered` makes
    plain values of a preview, to be kept with it.

    Raises:
        As `preview_quote`; InvalidInput: it expires in the past, or too far ahead (422).
    """
    expires_at = expires_at or at + LASTS
    if not at < expires_at <= at + MOST:
        raise InvalidInput("A quote lasts up to a year.", field="expires_at")
    if offer is not None:
        version = make_private_plan(brand=customer.brand, offer=offer, at=at)
        terms = replace(terms, plan=version.plan.code, version=version.number, is_private=True)
    preview = preview_quote(terms=terms, customer=customer, at=at)
    quote = Quote.objects.create(
        brand_id=customer.brand_id,
        livemode=customer.livemode,
        customer=customer,
        plan_version=preview.version,
        currency=preview.currency,
        memo=memo,
        terms=replace(terms, currency=preview.currency).to_json(),
        preview=rendered(preview),
        figures=preview.figures,
        first_total_minor=preview.first.total_minor if preview.first else 0,
        next_total_minor=preview.next.total_minor if preview.next else None,
        created_at=at,
        expires_at=expires_at,
    )
    record_event(
        name="quote.created",
        subject=quote,
        at=at,
        data={"plan": preview.version.plan.code, "expires_at": expires_at.isoformat()},
    )
    return quote, preview
