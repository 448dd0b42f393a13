"""A PayPal account, which its owner grants on PayPal's own page: there, and back here."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from apps.billing.services.collection.adopt_method import adopt_method
from apps.customers.enums import MemberRole
from apps.payments.enums import GatewayName, MethodKind
from apps.payments.errors import PaymentMethodRefused
from apps.payments.routing import Offer, offers_for
from apps.payments.services.start_setup import start_setup
from apps.portal.access import PortalRequest, customer_page

PAYPAL = Offer(GatewayName.PAYPAL, MethodKind.PAYPAL)
# Name in the browser's session: the setup that this browser was sent away with.
SETUP = "portal_paypal_setup"


@require_GET
@customer_page(MemberRole.BILLING)
def add_paypal(request: PortalRequest) -> HttpResponse:
    """Send the customer to PayPal. A link, not a form: the policy lets forms go nowhere else."""
    customer = request.customer
    if PAYPAL not in offers_for(currency=customer.currency, country=customer.country):
        raise Http404
    setup = start_setup(
        customer=customer,
        at=request.at,
        gateway=PAYPAL.gateway,
        kind=PAYPAL.kind,
        return_url=f"{settings.SITE_URL}{reverse('portal:paypal_return')}",
    )
    request.session[SETUP] = setup.setup_id
    return redirect(setup.redirect_url)


@require_GET
@customer_page(MemberRole.BILLING)
def paypal_return(request: PortalRequest) -> HttpResponse:
    """Back from PayPal, with or without consent. Only the setup that this browser left with is kept."""
    setup_id = request.session.pop(SETUP, "")
    if not setup_id:
        return redirect("portal:payment")
    try:
        method = adopt_method(
            customer=request.customer, setup_id=setup_id, at=request.at, gateway=PAYPAL.gateway
        )
    except PaymentMethodRefused as refused:
        messages.error(request, refused.message)
    else:
        messages.success(request, _("%(card)s is saved, and charged from now on.") % {"card": method})
    return redirect("portal:payment")
