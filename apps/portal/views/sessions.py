"""Links that an integrator has handed to a customer: into the portal, without signing in."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST, require_safe

from apps.core import clock
from apps.portal.access import PORTAL_SESSION, refused
from apps.portal.errors import LinkInvalid
from apps.portal.selectors import portal_session_for


@require_safe
def session(request: HttpRequest, token: str) -> HttpResponse:
    """Open a portal session in this browser; it ends by itself with the link's time."""
    row = portal_session_for(token, at=clock.now())
    if row is None:
        return refused(
            request, LinkInvalid("This link has expired. Go back to where you got it for a new one.")
        )
    # A new session id: whoever knew the old one must not be carried along.
    request.session.cycle_key()
    request.session[PORTAL_SESSION] = row.public_id
    return redirect("portal:home")


@require_POST
def leave_session(request: HttpRequest) -> HttpResponse:
    request.session.pop(PORTAL_SESSION, None)
    return redirect("portal:home")
