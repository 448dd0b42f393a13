from __future__ import annotations

from datetime import datetime

from django.db import transaction

from apps.audit.services.record import record_event
from apps.customers.owners import lock_member, refuse_without_owner


@transaction.atomic
def remove_member(*, member_id: int, at: datetime) -> None:
    """End a membership; the user stays, and what they did stays in the log.

    Raises:
        MemberRefused: it is the last owner (409).
    """
    member = lock_member(member_id)
    refuse_without_owner(member)
    record_event(
        name="member.removed",
        subject=member.customer,
        at=at,
        data={"user_id": member.user_id, "role": member.role},
    )
    member.delete()
