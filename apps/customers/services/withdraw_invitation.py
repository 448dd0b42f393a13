from __future__ import annotations

from datetime import datetime

from django.db import transaction

from apps.audit.services.record import record_event
from apps.customers.errors import MemberRefused
from apps.customers.models import Invitation


@transaction.atomic
def withdraw_invitation(*, invitation_id: int, at: datetime) -> Invitation:
    """Take back an open offer; its link no longer works. Doing it twice is doing it once. `at` is real time.

    Raises:
        MemberRefused: it was accepted (409).
    """
    invitation = Invitation.objects.select_for_update().get(pk=invitation_id)
    if invitation.accepted_at is not None:
        raise MemberRefused("The invitation was accepted: remove the member instead.")
    if invitation.withdrawn_at is None:
        invitation.withdrawn_at = at
        invitation.save(update_fields=["withdrawn_at"])
        customer = invitation.customer
        record_event(
            name="member.invitation_withdrawn",
            subject=invitation,
            at=at,
            brand_id=customer.brand_id,
            livemode=customer.livemode,
        )
    return invitation
