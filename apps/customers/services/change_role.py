from __future__ import annotations

from datetime import datetime

from django.db import transaction

from apps.audit.services.record import record_event
from apps.customers.enums import MemberRole
from apps.customers.models import Member
from apps.customers.owners import lock_member, refuse_without_owner


@transaction.atomic
def change_role(*, member_id: int, role: MemberRole, at: datetime) -> Member:
    """Give a member another role.

    Raises:
        MemberRefused: the last owner must stay one (409).
    """
    member = lock_member(member_id)
    if member.role == role:
        return member
    refuse_without_owner(member)
    before, member.role = member.role, role
    member.save(update_fields=["role"])
    record_event(
        name="member.role_changed",
        subject=member.customer,
        at=at,
        data={"user_id": member.user_id, "from": before, "to": str(role)},
    )
    return member
