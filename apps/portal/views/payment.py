"""What a customer pays with: add it, choose what is charged and what stands in, remove it."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.billing.services.collection.adopt_method import adopt_method, change_default_method
from apps.customers.enums import MemberRole
from apps.customers.models import Customer
from apps.payments.content_security import allow_card_element
from apps.payments.enums import GatewayName, MethodKind
from apps.payments.routing import Offer, offers_for
from apps.payments.selectors import get_method, methods_of
from apps.payments.services.choose_backup_method import choose_backup_method
from apps.payments.services.remove_method import remove_method
from apps.payments.services.start_setup import start_setup
from apps.portal.access import PortalRequest, customer_page
from apps.portal.overview import unpaid_alerts
from apps.portal.page_rates import limited
from apps.portal.roles import allows

# Where each offer is taken: the page's name and its arguments.
ADD_PAGES: dict[Offer, tuple[str, tuple[str, ...]]] = {
    Offer(GatewayName.STRIPE, MethodKind.CARD): ("portal:add_card", ()),
    Offer(GatewayName.PAYPAL, MethodKind.PAYPAL): ("portal:add_paypal", ()),
    Offer(GatewayName.RAZORPAY, MethodKind.CARD): ("portal:add_in_window", (MethodKind.CARD,)),
    Offer(GatewayName.RAZORPAY, MethodKind.UPI): ("portal:add_in_window", (MethodKind.UPI,)),
}


@require_safe
@customer_page()
def payment(request: PortalRequest) -> HttpResponse:
    may_bill = allows(request.role, MemberRole.BILLING)
    customer = request.customer
    context = {
        "alerts": unpaid_alerts(customer, request.at, may_bill),
        "methods": methods_of(customer.pk),
        "offers": _offers_with_pages(customer),
    }
    return render(request, "portal/payment.html", context)


def _offers_with_pages(customer: Customer) -> list[dict[str, str]]:
    """What this customer may add, each with the address of its page."""
    offered = offers_for(currency=customer.currency, country=customer.country)
    return [
        {"kind": offer.kind, "url": reverse(ADD_PAGES[offer][0], args=ADD_PAGES[offer][1])}
        for offer in offered
        if offer in ADD_PAGES
    ]


@require_http_methods(["GET", "HEAD", "POST"])
@limited("pay")
@allow_card_element
@customer_page(MemberRole.BILLING)
def add_card(request: PortalRequest) -> HttpResponse:
    if request.method == "POST":
        setup_id = request.POST.get("setup_intent", "")
        method = adopt_method(customer=request.customer, setup_id=setup_id, at=request.at)
        messages.success(request, _("%(card)s is saved, and charged from now on.") % {"card": method})
        return redirect("portal:payment")
    context = {
        "setup": start_setup(customer=request.customer, at=request.at),
        "stripe_js_url": settings.STRIPE_JS_URL,
    }
    return render(request, "portal/add_card.html", context)


@require_POST
@customer_page(MemberRole.BILLING, back="portal:payment")
def choose_card(request: PortalRequest, public_id: str) -> HttpResponse:
    method = get_method(customer_id=request.customer.pk, reference=public_id)
    change_default_method(method=method, at=request.at)
    messages.success(request, _("%(card)s is charged from now on.") % {"card": method})
    return redirect("portal:payment")


@require_POST
@customer_page(MemberRole.BILLING, back="portal:payment")
def choose_backup(request: PortalRequest, public_id: str) -> HttpResponse:
    method = get_method(customer_id=request.customer.pk, reference=public_id)
    method = choose_backup_method(method=method, at=request.at)
    if method.is_backup:
        text = _("%(card)s is charged when the default is declined.") % {"card": method}
    else:
        text = _("%(card)s is no backup any more.") % {"card": method}
    messages.success(request, text)
    return redirect("portal:payment")


@require_http_methods(["GET", "HEAD", "POST"])
@customer_page(MemberRole.BILLING, back="portal:payment")
def remove_card(request: PortalRequest, public_id: str) -> HttpResponse:
    method = get_method(customer_id=request.customer.pk, reference=public_id)
    if request.method != "POST":
        return render(request, "portal/remove_card.html", {"method": method})
    remove_method(method=method, at=request.at)
    messages.success(request, _("%(card)s is removed.") % {"card": method})
    return redirect("portal:payment")
