"""The link of a quote: the page where whoever holds it sees the offer, and may accept it for the customer."""

from __future__ import annotations

from django.conf import settings
from django.core import signing
from django.urls import reverse

from apps.invoices.models import Quote

SALT = "billing.quote"


def quote_link(quote: Quote) -> str:
    """The full address, to be sent to the customer; the quote's own end is the end of what it can do."""
    token = signing.dumps(quote.public_id, salt=SALT)
    return f"{settings.SITE_URL.rstrip('/')}{reverse('portal:quote', args=[token])}"


def quote_for_link(token: str) -> Quote | None:
    """The quote that a link is for; None when it is forged."""
    try:
        public_id = signing.loads(token, salt=SALT)
    except signing.BadSignature:
        return None
    own = Quote.objects.select_related(
        "customer__test_clock", "customer__brand", "plan_version__plan", "subscription"
    )
    return own.filter(public_id=public_id).first()
