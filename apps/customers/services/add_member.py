from __future__ import annotations

from datetime import datetime

from django.db import transaction

from apps.accounts.models import User
from apps.audit.services.record import record_event
from apps.customers.enums import MemberRole
from apps.customers.models import Customer, Member


@transaction.atomic
def add_member(*, customer: Customer, user: User, role: MemberRole, at: datetime) -> Member:
    """Let a user act for a customer. Who is a member already keeps the role that they have."""
    member, created = Member.objects.get_or_create(
        customer=customer, user=user, defaults={"role": role, "created_at": at}
    )
    if created:
        record_event(
            name="member.joined",
            subject=customer,
            at=at,
            data={"user_id": user.pk, "role": str(role)},
        )
    return member
