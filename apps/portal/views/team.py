"""Who may act for a customer, and in which role."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts.models import User
from apps.core import clock
from apps.core.errors import DomainError
from apps.customers.enums import MemberRole
from apps.customers.invitation_links import invitation_for_token
from apps.customers.models import Member
from apps.customers.selectors import members_of, open_invitations
from apps.customers.services.accept_invitation import accept_invitation as accept
from apps.customers.services.change_role import change_role
from apps.customers.services.invite_member import invite_member
from apps.customers.services.remove_member import remove_member
from apps.customers.services.withdraw_invitation import withdraw_invitation
from apps.portal.access import CHOSEN_CUSTOMER, PortalRequest, customer_page, refused
from apps.portal.errors import LinkInvalid
from apps.portal.forms import InviteForm
from apps.portal.page_rates import limited


@require_safe
@customer_page()
def team(request: PortalRequest) -> HttpResponse:
    context = {
        "members": members_of(request.customer),
        "invitations": open_invitations(request.customer, at=clock.now()),
        "roles": MemberRole.choices,
    }
    return render(request, "portal/team.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@limited("invitation")
@customer_page(MemberRole.OWNER)
def invite(request: PortalRequest) -> HttpResponse:
    form = InviteForm(request.POST or None, initial={"role": MemberRole.VIEWER})
    if request.method == "POST" and form.is_valid():
        address, role = form.cleaned_data["email"], MemberRole(form.cleaned_data["role"])
        try:
            invite_member(
                customer=request.customer,
                email=address,
                role=role,
                invited_by=cast("User", request.user),
                at=clock.now(),
            )
        except DomainError as error:
            form.refuse(error)
        else:
            messages.success(request, _("An invitation is on its way to %(address)s.") % {"address": address})
            return redirect("portal:team")
    return render(request, "portal/invite.html", {"form": form})


@require_POST
@customer_page(MemberRole.OWNER, back="portal:team")
def withdraw(request: PortalRequest, public_id: str) -> HttpResponse:
    invitation = request.customer.invitations.filter(public_id=public_id).first()
    if invitation is None:
        raise Http404("not an invitation of this customer")
    withdraw_invitation(invitation_id=invitation.pk, at=clock.now())
    messages.success(request, _("The invitation is taken back; its link no longer works."))
    return redirect("portal:team")


@require_POST
@customer_page(MemberRole.OWNER, back="portal:team")
def set_role(request: PortalRequest, member_id: int) -> HttpResponse:
    member = _member(request, member_id)
    wanted = request.POST.get("role", "")
    if wanted not in MemberRole.values:
        raise Http404("no such role")
    change_role(member_id=member.pk, role=MemberRole(wanted), at=clock.now())
    messages.success(request, _("%(name)s is %(role)s now.") % {"name": member.user, "role": _word(wanted)})
    return redirect("portal:team")


@require_http_methods(["GET", "HEAD", "POST"])
@customer_page(MemberRole.OWNER, back="portal:team")
def remove(request: PortalRequest, member_id: int) -> HttpResponse:
    member = _member(request, member_id)
    if request.method != "POST":
        return render(request, "portal/remove_member.html", {"member": member})
    remove_member(member_id=member.pk, at=clock.now())
    messages.success(request, _("%(name)s is no longer a member.") % {"name": member.user})
    return redirect("portal:team" if member.user_id != request.user.pk else "portal:home")


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def accept_invitation(request: HttpRequest, token: str) -> HttpResponse:
    """The link of an invitation mail: asks first, because opening a link must not join anything."""
    invitation = invitation_for_token(token)
    if invitation is None:
        return refused(request, LinkInvalid("This invitation link is not valid."))
    user = cast("User", request.user)
    if request.method != "POST":
        matches = invitation.email.lower() == user.email.lower()
        over = invitation.withdrawn_at is not None or invitation.expires_at <= clock.now()
        context = {"invitation": invitation, "matches": matches, "is_over": over}
        return render(request, "portal/accept_invitation.html", context)
    try:
        member = accept(invitation_id=invitation.pk, user=user, at=clock.now())
    except DomainError as error:
        return refused(request, error)
    request.session[CHOSEN_CUSTOMER] = member.customer.public_id
    messages.success(request, _("Welcome: you act for %(customer)s now.") % {"customer": member.customer})
    return redirect("portal:home")


def _member(request: PortalRequest, member_id: int) -> Member:
    member = members_of(request.customer).filter(pk=member_id).first()
    if member is None:
        raise Http404("not a member of this customer")
    return member


def _word(role: str) -> str:
    return str(MemberRole(role).label).lower()
