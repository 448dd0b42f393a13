from __future__ import annotations

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from apps.customers.enums import MemberRole
from apps.portal.access import PortalRequest, customer_page
from apps.portal.overview import overview_of
from apps.portal.roles import allows


@require_safe
def home(request: PortalRequest) -> HttpResponseBase:
    """The overview; a stranger sees what is sold."""
    if not request.user.is_authenticated and not request.session.get("portal_session"):
        return redirect("portal:pricing")
    return _overview(request)


@customer_page()
def _overview(request: PortalRequest) -> HttpResponse:
    overview = overview_of(
        customer=request.customer,
        at=request.at,
        may_bill=allows(request.role, MemberRole.BILLING),
    )
    return render(request, "portal/home.html", {"overview": overview})


@require_safe
@customer_page()
def privacy(request: PortalRequest) -> HttpResponse:
    """What this customer has agreed to, word for word."""
    consents = request.customer.consents.select_related("given_by").order_by("-given_at", "-pk")
    return render(request, "portal/privacy.html", {"consents": consents[:100]})
