from __future__ import annotations

from datetime import datetime

from django.db import transaction

from apps.accounts.models import User
from apps.customers.enums import MemberRole
from apps.customers.errors import MemberRefused
from apps.customers.models import Invitation, Member
from apps.customers.services.add_member import add_member


@transaction.atomic
def accept_invitation(*, invitation_id: int, user: User, at: datetime) -> Member:
    """Turn an open offer into membership of the person whom it was sent to. `at` is real time.

    Accepting again gives the same member.

    Raises:
        MemberRefused: withdrawn, expired, or sent to another address than the user's (409).
    """
    invitation = (
        Invitation.objects.select_for_update(of=("self",)).select_related("customer").get(pk=invitation_id)
    )
    # A forwarded link must not open the door to whoever holds it.
    if invitation.email.lower() != user.email.lower():
        raise MemberRefused("This invitation was sent to another e-mail address.")
    if invitation.withdrawn_at is not None:
        raise MemberRefused("This invitation was withdrawn.")
    if invitation.accepted_at is None:
        if invitation.expires_at <= at:
            raise MemberRefused("This invitation has expired: ask for a new one.")
        invitation.accepted_at = at
        invitation.save(update_fields=["accepted_at"])
        return add_member(customer=invitation.customer, user=user, role=MemberRole(invitation.role), at=at)
    member = Member.objects.filter(customer=invitation.customer, user=user).first()
    if member is None:
        raise MemberRefused("This invitation was used, and the membership has ended.")
    return member
