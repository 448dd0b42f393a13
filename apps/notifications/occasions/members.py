"""Mails about who may act for a customer."""

from __future__ import annotations

from apps.audit.models import Event
from apps.customers.invitation_links import invitation_token
from apps.customers.models import Invitation
from apps.notifications.enums import MailKind
from apps.notifications.occasions.occasion import Occasion
from apps.notifications.wording import page_url, wording_for


def member_invited(event: Event) -> Occasion | None:
    """The invitation, to nobody but the person who is invited; one that was taken back is not sent."""
    invitation = Invitation.objects.select_related("customer__brand", "invited_by").get(
        public_id=event.subject_id
    )
    if invitation.withdrawn_at is not None or invitation.accepted_at is not None:
        return None
    wording = wording_for(invitation.customer)
    inviter = invitation.invited_by
    return Occasion(
        kind=MailKind.MEMBER_INVITED,
        customer=invitation.customer,
        wording=wording,
        recipients=(invitation.email,),
        subject_id=invitation.public_id,
        once=invitation.public_id,
        context={
            "customer_name": invitation.customer.name,
            "inviter": inviter.get_full_name() if inviter else "",
            "role": invitation.get_role_display(),
            "expires": wording.moment(invitation.expires_at),
            "accept_url": page_url("portal:accept_invitation", invitation_token(invitation)),
        },
    )
