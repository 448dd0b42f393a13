"""The page of a quote: what is offered, and the click that accepts it."""

from __future__ import annotations

from typing import Any, cast

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from apps.accounts.client_address import address_of
from apps.accounts.models import User
from apps.billing.quote_links import quote_for_link
from apps.billing.services.collection.adopt_method import adopt_method
from apps.core.errors import DomainError
from apps.customers.selectors import now_for
from apps.invoices.models import Quote
from apps.payments.content_security import allow_card_element
from apps.payments.services.start_setup import start_setup
from apps.portal.access import refused
from apps.portal.errors import LinkInvalid
from apps.portal.page_rates import limited
from apps.portal.quoted_offer import QuotedOffer, quoted_offer
from apps.portal.services.accept import accept_offer
from apps.portal.services.pay_first import pay_first_invoices
from apps.portal.services.record_purchase import GivenConsent


@require_http_methods(["GET", "HEAD", "POST"])
@limited("pay")
@allow_card_element
def quote(request: HttpRequest, token: str) -> HttpResponse:
    """Whoever holds the link sees the offer and accepts it for its customer, without signing in."""
    found = quote_for_link(token)
    if found is None:
        return refused(request, LinkInvalid("This link of a quote is not known here."))
    cast("Any", request).customer = found.customer
    with timezone.override(found.customer.time_zone):
        try:
            return _answer(request, found)
        except DomainError as error:
            return refused(request, error)


def _answer(request: HttpRequest, found: Quote) -> HttpResponse:
    offer = quoted_offer(quote=found, at=now_for(found.customer))
    if request.method != "POST" or offer.preview is None:
        return _page(request, offer)
    if request.POST.get("figures") != offer.preview.figures:
        messages.warning(request, _("What you would pay has changed meanwhile. Please look at it again."))
        return _page(request, offer)
    if offer.consent and request.POST.get("agreed") != "yes":
        messages.error(request, _("Please agree to the charges: tick the box above the button."))
        return _page(request, offer)
    return _accept(request, offer)


def _accept(request: HttpRequest, offer: QuotedOffer) -> HttpResponse:
    customer, preview = offer.quote.customer, offer.preview
    assert preview is not None  # noqa: S101 - the caller has shown it
    if setup_id := request.POST.get("setup_intent", ""):
        adopt_method(customer=customer, setup_id=setup_id, at=now_for(customer))
    user = request.user if isinstance(request.user, User) else None
    consent = GivenConsent(offer.consent, user, address_of(request) or None) if offer.consent else None
    subscribed = accept_offer(
        quote=offer.quote, figures=preview.figures, consent=consent, at=now_for(customer)
    )
    unpaid = pay_first_invoices(subscribed=subscribed, at=subscribed.subscription.created_at)
    if unpaid is not None:
        request.session["portal_after_payment"] = request.path
        return redirect("portal:pay", unpaid.token)
    return redirect(request.path)


def _page(request: HttpRequest, offer: QuotedOffer) -> HttpResponse:
    customer = offer.quote.customer
    context: dict[str, Any] = {
        "offer": offer,
        "quote": offer.quote,
        "customer_email": customer.email,
        "stripe_js_url": settings.STRIPE_JS_URL,
    }
    if offer.asks_for_card:
        context["setup"] = start_setup(customer=customer, at=now_for(customer))
    return render(
        request, "portal/quote.html", context, status=200 if offer.is_open else _closed(offer.quote)
    )


def _closed(found: Quote) -> int:
    # An accepted one is what its customer comes back to; the others are over.
    return 200 if found.subscription_id is not None else 410
