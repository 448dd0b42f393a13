"""For whom a page is: finds the customer of a request and the role in it, and turns refusals into pages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone

from apps.accounts.models import User
from apps.audit.actor import Actor, identify
from apps.audit.enums import ActorType
from apps.core import clock
from apps.core.errors import DomainError
from apps.customers.enums import MemberRole
from apps.customers.models import Customer
from apps.customers.selectors import customers_of_user, membership_of, now_for
from apps.portal.language import speaking
from apps.portal.models import PortalSession
from apps.portal.roles import allows
from apps.portal.selectors import portal_session_in_use

# Names in the browser's session.
CHOSEN_CUSTOMER = "portal_customer"
PORTAL_SESSION = "portal_session"

View = Callable[..., HttpResponseBase]


class PortalRequest(HttpRequest):
    """A request for whose customer it is known who acts, in which role, and what time it is there (UTC)."""

    customer: Customer
    role: MemberRole
    at: datetime
    portal_session: PortalSession | None


class VisitorRequest(HttpRequest):
    """A request to a public page: the customer is known only where somebody signed in."""

    customer: Customer | None
    role: MemberRole | None
    portal_session: PortalSession | None


def customer_page(role: MemberRole = MemberRole.VIEWER, *, back: str = "") -> Callable[[View], View]:
    """A page of a customer, for members of at least this role; `back` is where a refused form returns to."""

    def decorate(view: View) -> View:
        @wraps(view)
        def page(request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
            identify_visitor(request)
            if request.customer is None:
                return _ask_who(request)
            if not allows(request.role, role):
                raise PermissionDenied("the member's role does not allow this")
            request.at = now_for(request.customer)
            with timezone.override(request.customer.time_zone), speaking(request, request.customer):
                return answered(view, request, *args, back=back, **kwargs)

        return page

    return decorate


def public_page(view: View) -> View:
    """A page for everybody; it knows the customer of who is signed in."""

    @wraps(view)
    def page(request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        identify_visitor(request)
        zone = request.customer.time_zone if request.customer is not None else settings.TIME_ZONE
        with timezone.override(zone), speaking(request, request.customer):
            return answered(view, request, *args, **kwargs)

    return page


def identify_visitor(request: Any) -> None:
    """Set `customer`, `role` and `portal_session` on a request; all None for a stranger."""
    request.customer = request.role = request.portal_session = None
    row = portal_session_in_use(request.session.get(PORTAL_SESSION, ""), at=clock.now())
    if row is not None:
        # Its bearer is nobody that has a name here, and manages no members.
        request.customer, request.role, request.portal_session = row.customer, MemberRole.BILLING, row
        identify(Actor(ActorType.USER, row.public_id, "Portal session"))
        return
    if not request.user.is_authenticated:
        return
    customer = _chosen_customer(request.user, request.session.get(CHOSEN_CUSTOMER, ""))
    member = membership_of(customer=customer, user_id=request.user.pk) if customer is not None else None
    if customer is not None and member is not None:
        request.customer, request.role = customer, MemberRole(member.role)


def answered(view: View, request: Any, *args: Any, back: str = "", **kwargs: Any) -> HttpResponseBase:
    """The view's answer, or the page that says why it refuses; nothing was changed then."""
    try:
        return view(request, *args, **kwargs)
    except DomainError as error:
        return refused(request, error, back=back)


def refused(request: HttpRequest, error: DomainError, *, back: str = "") -> HttpResponse:
    """Back to the form with the reason, or a page with it where there is no form to go back to."""
    if error.status == 404:
        raise Http404(error.message)
    if request.method == "POST" and error.status < 500:
        messages.error(request, error.message)
        return redirect(back or request.get_full_path())
    return render(request, "portal/refused.html", {"error": error}, status=error.status)


def _chosen_customer(user: User, public_id: str) -> Customer | None:
    own = customers_of_user(user_id=user.pk, livemode=settings.PORTAL_LIVEMODE)
    chosen = own.filter(public_id=public_id).first() if public_id else None
    return chosen or own.first()


def _ask_who(request: HttpRequest) -> HttpResponse:
    if not request.user.is_authenticated:
        return redirect_to_login(request.get_full_path())
    return redirect("portal:welcome")
