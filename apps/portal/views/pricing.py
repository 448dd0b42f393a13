"""What is sold, to everybody; and the way from a plan's button to its checkout."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from apps.plans.selectors import public_plans
from apps.portal.access import VisitorRequest, public_page
from apps.portal.brand import selling_brand
from apps.portal.codes import typed_code
from apps.portal.offers import currencies_of, in_rhythm, offers_in, rhythms_of
from apps.portal.pending import keep_purchase
from apps.subscriptions.models import Subscription
from apps.subscriptions.selectors import live_subscriptions_of


@require_safe
@public_page
def pricing(request: VisitorRequest) -> HttpResponse:
    brand = selling_brand(request)
    versions = public_plans(brand_id=brand.pk)
    currencies = currencies_of(versions)
    running = list(live_subscriptions_of(request.customer.pk)) if request.customer is not None else []
    currency = _currency(request, currencies, brand.default_currency, running)
    offers = offers_in(versions, currency)
    rhythms = rhythms_of(offers)
    rhythm = request.GET.get("every", "")
    if rhythms and rhythm not in dict(rhythms):
        rhythm = rhythms[0][0]
    return render(
        request,
        "portal/pricing.html",
        {
            "offers": in_rhythm(offers, rhythm) if rhythms else offers,
            "rhythms": rhythms,
            "rhythm": rhythm,
            "currencies": currencies if not _paid(running) else [],
            "currency": currency,
            "current": {subscription.plan_version.plan.code for subscription in running},
            "paid": _paid(running),
            "code": typed_code(request),
        },
    )


@require_safe
@public_page
def choose(request: VisitorRequest, code: str) -> HttpResponse:
    """A plan's button: remembers the wish across signing up, then goes on as far as is possible now."""
    wish = {"plan": code, "currency": request.GET.get("currency", ""), "code": typed_code(request)}
    keep_purchase(request, wish)
    checkout = f"{reverse('portal:checkout')}?{urlencode({k: v for k, v in wish.items() if v})}"
    if request.customer is not None:
        return redirect(checkout)
    if request.user.is_authenticated:
        return redirect("portal:welcome")
    return redirect(f"{reverse('account_signup')}?{urlencode({'next': checkout})}")


def _paid(running: list[Subscription]) -> Subscription | None:
    return next((s for s in running if not s.plan_version.plan.is_free), None)


def _currency(
    request: VisitorRequest, currencies: list[str], default: str, running: list[Subscription]
) -> str:
    """A running paid plan fixes it; else what was asked for, the customer's own, the brand's, or any."""
    paid = _paid(running)
    wishes = [
        paid.currency if paid else "",
        request.GET.get("currency", ""),
        request.customer.currency if request.customer is not None else "",
        default,
        *currencies,
    ]
    return next((wish for wish in wishes if wish in currencies), default)
