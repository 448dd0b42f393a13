"""A card or UPI address given to a gateway in its own window, which signs what it tells this page."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from apps.billing.services.collection.adopt_method import adopt_method
from apps.customers.enums import MemberRole
from apps.payments.content_security import allow_payment_window
from apps.payments.enums import GatewayName
from apps.payments.gateways.razorpay.messages import confirmed_setup
from apps.payments.routing import offers_for
from apps.payments.services.start_setup import start_setup
from apps.portal.access import PortalRequest, customer_page
from apps.portal.page_rates import limited


@require_http_methods(["GET", "HEAD", "POST"])
@limited("pay")
@allow_payment_window
@customer_page(MemberRole.BILLING, back="portal:payment")
def add_in_window(request: PortalRequest, kind: str) -> HttpResponse:
    customer = request.customer
    offered = offers_for(currency=customer.currency, country=customer.country)
    mine = (o for o in offered if o.gateway == GatewayName.RAZORPAY and o.kind == kind)
    offer = next(mine, None)
    if offer is None:
        raise Http404
    if request.method == "POST":
        setup_id = confirmed_setup(request.POST.dict())
        method = adopt_method(customer=customer, setup_id=setup_id, at=request.at, gateway=offer.gateway)
        messages.success(request, _("%(card)s is saved, and charged from now on.") % {"card": method})
        return redirect("portal:payment")
    setup = start_setup(customer=customer, at=request.at, gateway=offer.gateway, kind=offer.kind)
    context = {
        "checkout": {**setup.checkout, "name": customer.brand.name},
        "checkout_url": settings.RAZORPAY_CHECKOUT_URL,
        "kind": offer.kind,
    }
    return render(request, "portal/add_in_window.html", context)
