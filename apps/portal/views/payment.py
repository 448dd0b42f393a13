"""The cards of a customer: add one, choose which is charged, remove one."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.billing.services.collection.adopt_method import adopt_method, change_default_method
from apps.customers.enums import MemberRole
from apps.payments.content_security import allow_card_element
from apps.payments.selectors import get_method, methods_of
from apps.payments.services.remove_method import remove_method
from apps.payments.services.start_setup import start_setup
from apps.portal.access import PortalRequest, customer_page
from apps.portal.overview import unpaid_alerts
from apps.portal.page_rates import limited
from apps.portal.roles import allows


@require_safe
@customer_page()
def payment(request: PortalRequest) -> HttpResponse:
    may_bill = allows(request.role, MemberRole.BILLING)
    context = {
        "alerts": unpaid_alerts(request.customer, request.at, may_bill),
        "methods": methods_of(request.customer.pk),
    }
    return render(request, "portal/payment.html", context)


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


@require_http_methods(["GET", "HEAD", "POST"])
@customer_page(MemberRole.BILLING, back="portal:payment")
def remove_card(request: PortalRequest, public_id: str) -> HttpResponse:
    method = get_method(customer_id=request.customer.pk, reference=public_id)
    if request.method != "POST":
        return render(request, "portal/remove_card.html", {"method": method})
    remove_method(method=method, at=request.at)
    messages.success(request, _("%(card)s is removed.") % {"card": method})
    return redirect("portal:payment")
