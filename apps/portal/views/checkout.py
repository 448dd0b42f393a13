"""The checkout: an exact preview, the consent, the card, one click; also as a hosted page by link."""

from __future__ import annotations

from typing import Any, cast
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from apps.accounts.client_address import address_of
from apps.accounts.models import User
from apps.billing.services.collection.adopt_method import adopt_method
from apps.billing.services.subscriptions.subscribe import Purchase, Subscribed
from apps.core import clock
from apps.core.errors import DomainError, InvalidInput
from apps.customers.enums import MemberRole
from apps.customers.models import Customer
from apps.customers.selectors import now_for
from apps.payments.content_security import allow_card_element
from apps.payments.services.start_setup import start_setup
from apps.plans.selectors import public_plans
from apps.portal.access import PortalRequest, customer_page, refused
from apps.portal.codes import typed_code
from apps.portal.errors import LinkInvalid
from apps.portal.forms import CheckoutForm
from apps.portal.language import speaking
from apps.portal.models import CheckoutSession
from apps.portal.offers import currencies_of
from apps.portal.order import Order, order_for
from apps.portal.page_rates import limited
from apps.portal.pending import forget_purchase
from apps.portal.selectors import checkout_session_for, is_open
from apps.portal.services.buy import buy_plan
from apps.portal.services.complete_checkout import complete_checkout
from apps.portal.services.pay_first import pay_first_invoices
from apps.portal.services.record_purchase import GivenConsent
from apps.portal.views.checkout_address import address_page, answer_address_form
from apps.subscriptions.selectors import live_subscriptions_of


@require_http_methods(["GET", "HEAD", "POST"])
@limited("pay")
@allow_card_element
@customer_page(MemberRole.BILLING)
def checkout(request: PortalRequest) -> HttpResponse:
    purchase = _wish(request)
    paid = [s for s in live_subscriptions_of(request.customer.pk) if not s.plan_version.plan.is_free]
    if paid and request.method != "POST":
        change = reverse("portal:change_plan", args=[paid[0].public_id])
        wish = {"plan": purchase.plan_code, "code": purchase.promotion_code}
        return redirect(f"{change}?{urlencode({k: v for k, v in wish.items() if v})}")
    if (asked := answer_address_form(request, request.customer)) is not None:
        return asked
    order = order_for(customer=request.customer, purchase=purchase, at=request.at)
    if order.asks_for_address:
        return address_page(request, request.customer, order)
    if request.method != "POST":
        return _page(request, request.customer, order, currencies=_currencies(request.customer))
    agreed, consent = _consent_given(request, order)
    if not agreed:
        return _page(request, request.customer, order, currencies=_currencies(request.customer))
    _keep_card(request, request.customer)
    subscribed = buy_plan(customer=request.customer, purchase=order.purchase, consent=consent, at=request.at)
    forget_purchase(request)
    return _after(request, subscribed, then=reverse("portal:home"))


@require_http_methods(["GET", "HEAD", "POST"])
@limited("pay")
@allow_card_element
def checkout_session(request: HttpRequest, token: str) -> HttpResponse:
    """The hosted page: whoever holds the link buys for its customer, without signing in."""
    session = checkout_session_for(token)
    if session is None:
        return refused(request, LinkInvalid("This checkout link is not known here."))
    customer = session.customer
    cast("Any", request).customer = customer
    with timezone.override(customer.time_zone), speaking(request, customer):
        try:
            return _hosted(request, session)
        except DomainError as error:
            return refused(request, error)


def _hosted(request: HttpRequest, session: CheckoutSession) -> HttpResponse:
    if session.completed_at is not None:
        return render(request, "portal/checkout_done.html", {"session": session})
    if not is_open(session, at=clock.now()):
        return render(request, "portal/checkout_expired.html", {"session": session}, status=410)
    customer, at = session.customer, now_for(session.customer)
    if (asked := answer_address_form(request, customer)) is not None:
        return asked
    purchase = Purchase(
        plan_code=session.plan_version.plan.code,
        currency=session.currency,
        quantity=session.quantity,
        promotion_code=typed_code(request),
    )
    order = order_for(customer=customer, purchase=purchase, at=at)
    if order.asks_for_address:
        return address_page(request, customer, order)
    if request.method != "POST":
        return _page(request, customer, order, session=session)
    agreed, consent = _consent_given(request, order)
    if not agreed:
        return _page(request, customer, order, session=session)
    _keep_card(request, customer)
    subscribed = complete_checkout(
        session_id=session.pk,
        consent=consent,
        at=at,
        now=clock.now(),
        code=order.purchase.promotion_code,
    )
    return _after(request, subscribed, then=request.path)


def _wish(request: PortalRequest) -> Purchase:
    data = request.POST if request.method == "POST" else request.GET
    quantity = data.get("quantity") or "1"
    if not (quantity.isascii() and quantity.isdigit() and len(quantity) < 7):
        raise InvalidInput("A quantity is a whole number from 1.", field="quantity")
    return Purchase(
        plan_code=data.get("plan", ""),
        currency=data.get("currency", ""),
        quantity=int(quantity),
        promotion_code=typed_code(request),
    )


def _currencies(customer: Customer) -> list[str]:
    return currencies_of(public_plans(brand_id=customer.brand_id))


def _consent_given(request: HttpRequest, order: Order) -> tuple[bool, GivenConsent | None]:
    """Whether all is agreed to that has to be, and what was; says to the visitor what is missing."""
    form = CheckoutForm(request.POST)
    if not form.is_valid() or form.cleaned_data["shown"] != order.digest:
        messages.warning(request, _("What you would pay has changed meanwhile. Please look at it again."))
        return False, None
    if not order.consent:
        return True, None
    if not form.cleaned_data["agreed"]:
        messages.error(request, _("Please agree to the charges: tick the box above the button."))
        return False, None
    user = request.user if isinstance(request.user, User) else None
    return True, GivenConsent(order.consent, user, address_of(request) or None)


def _keep_card(request: HttpRequest, customer: Customer) -> None:
    setup_id = request.POST.get("setup_intent", "")
    if setup_id:
        adopt_method(customer=customer, setup_id=setup_id, at=now_for(customer))


def _after(request: HttpRequest, subscribed: Subscribed, *, then: str) -> HttpResponse:
    """Charge what is due with the customer there; to the pay page where that needs them."""
    unpaid = pay_first_invoices(subscribed=subscribed, at=subscribed.subscription.created_at)
    if unpaid is not None:
        request.session["portal_after_payment"] = then
        return redirect("portal:pay", unpaid.token)
    plan = subscribed.subscription.plan_version.plan.name
    messages.success(request, _("You are on %(plan)s now.") % {"plan": plan})
    return redirect(then)


def _carried(order: Order, session: CheckoutSession | None) -> dict[str, Any]:
    """What the page's link carries beside a promotion code; a hosted one carries nothing."""
    if session is not None:
        return {}
    return {"plan": order.offer.code, "currency": order.offer.currency, "quantity": order.quantity}


def _page(
    request: HttpRequest,
    customer: Customer,
    order: Order,
    *,
    session: CheckoutSession | None = None,
    currencies: list[str] | None = None,
) -> HttpResponse:
    context: dict[str, Any] = {
        "order": order,
        "session": session,
        "currencies": currencies or [],
        "carried": _carried(order, session),
        "customer_email": customer.email,
        "stripe_js_url": settings.STRIPE_JS_URL,
    }
    if order.asks_for_card:
        context["setup"] = start_setup(customer=customer, at=now_for(customer))
    return render(request, "portal/checkout.html", context)
