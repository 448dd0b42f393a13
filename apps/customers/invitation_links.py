"""The signed part of an invitation's link. It opens nothing by itself: the right person must be logged in."""

from __future__ import annotations

from django.core import signing

from apps.customers.models import Invitation

SALT = "customers.invitation"


def invitation_token(invitation: Invitation) -> str:
    """What stands in the link of an invitation. When it expires stands in the invitation itself."""
    return signing.Signer(salt=SALT).sign(invitation.public_id)


def invitation_for_token(token: str) -> Invitation | None:
    """The invitation that a link is for, whatever became of it; None when the link is forged."""
    try:
        public_id = signing.Signer(salt=SALT).unsign(token)
    except signing.BadSignature:
        return None
    return Invitation.objects.select_related("customer__brand").filter(public_id=public_id).first()
