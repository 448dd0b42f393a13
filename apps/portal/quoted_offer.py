"""A quote before the click: what it comes to now, what it needs, and the words to agree to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import get_language, gettext

from apps.billing.effects import Effect
from apps.billing.errors import QuoteOutdated
from apps.billing.quote_figures import QuotedCode, QuotePreview
from apps.billing.services.quotes.accept_quote import preview_kept_quote
from apps.core.formatting import FALLBACK_LOCALE, format_day, format_money
from apps.invoices.enums import QuoteStatus
from apps.invoices.models import Quote
from apps.payments.models import PaymentMethod
from apps.payments.selectors import default_method
from apps.plans.enums import QuantitySource
from apps.subscriptions.enums import CollectionMethod


@dataclass(frozen=True, slots=True)
class QuotedOffer:
    """All that the page of a quote shows; `preview` is None where it cannot be accepted any more."""

    quote: Quote
    is_open: bool
    preview: QuotePreview | None
    refusal: str
    """Why an open quote cannot be accepted any more; empty where it can."""
    stored: PaymentMethod | None
    needs_card: bool
    consent: str
    """What is to be agreed to; empty when no card will be charged."""

    @property
    def has_moved(self) -> bool:
        """Whether it comes to something else than when the quote was made."""
        return self.preview is not None and self.preview.figures != self.quote.figures

    @property
    def asks_for_card(self) -> bool:
        return self.needs_card and self.stored is None

    @property
    def lost_codes(self) -> list[QuotedCode]:
        return [code for code in self.preview.codes if code.refusal] if self.preview else []

    @property
    def has_seats(self) -> bool:
        prices = self.preview.prices if self.preview else []
        return any(price.quantity_source == QuantitySource.SEATS for price in prices)


def quoted_offer(*, quote: Quote, at: datetime) -> QuotedOffer:
    """What a customer may accept at `at` (their time); changes nothing."""
    is_open = quote.status == QuoteStatus.OPEN and at < quote.expires_at
    preview, refusal = None, ""
    if is_open:
        try:
            preview = preview_kept_quote(quote=quote, at=at)
        except QuoteOutdated as error:
            refusal = error.message
    stored = default_method(quote.customer_id)
    charged = preview is not None and _is_charged(quote, preview)
    return QuotedOffer(
        quote=quote,
        is_open=is_open,
        preview=preview,
        refusal=refusal,
        stored=stored,
        needs_card=preview is not None and charged and _needs_card(preview),
        consent=_consent(quote, preview) if preview is not None and charged else "",
    )


def _is_charged(quote: Quote, preview: QuotePreview) -> bool:
    automatic = quote.terms["collection_method"] == CollectionMethod.CHARGE_AUTOMATICALLY
    return automatic and not preview.version.plan.is_free


def _needs_card(preview: QuotePreview) -> bool:
    return preview.trial_ends_at is None or preview.version.trial_requires_card


def _consent(quote: Quote, preview: QuotePreview) -> str:
    """What card networks ask for: who charges, how much, when, how often, and how to end it."""
    words = {"seller": quote.customer.brand.legal_name, "plan": preview.version.plan.name}
    sentences = []
    if preview.first is not None:
        words |= {"first": _money(preview.first), "day": _day(preview.first, quote)}
        text = gettext(
            "I agree that %(seller)s charges my payment method %(first)s on %(day)s for %(plan)s, "
            "unless I cancel before."
        )
        sentences.append(text % words)
    if preview.next is not None:
        words |= {"next": _money(preview.next), "then": _day(preview.next, quote)}
        sentences.append(gettext("The next charge is %(next)s on %(then)s.") % words)
    sentences.append(gettext("After that the price of the offer is charged in every period until I cancel."))
    if any(price.quantity_source == QuantitySource.METER for price in preview.prices):
        sentences.append(gettext("What I use is charged at the end of each period, at the prices shown."))
    return " ".join(sentences)


def _money(effect: Effect) -> str:
    return format_money(effect.due_minor, effect.currency, locale=get_language() or FALLBACK_LOCALE)


def _day(effect: Effect, quote: Quote) -> str:
    zone, locale = quote.customer.time_zone, get_language() or FALLBACK_LOCALE
    return format_day(effect.at, locale=locale, zone=zone, width="long")
