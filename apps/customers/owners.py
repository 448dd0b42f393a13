"""A customer never loses its last owner: without one, nobody could add another."""

from __future__ import annotations

from apps.customers.enums import MemberRole
from apps.customers.errors import MemberRefused
from apps.customers.models import Customer, Member


def lock_member(member_id: int) -> Member:
    """The member, under the lock of its customer: two owners cannot both leave at the same time."""
    customer_id = Member.objects.values_list("customer_id", flat=True).get(pk=member_id)
    Customer.objects.select_for_update().get(pk=customer_id)
    return Member.objects.select_related("customer", "user").get(pk=member_id)


def refuse_without_owner(member: Member) -> None:
    """Refuse to lose this member as owner when there is no other.

    Raises:
        MemberRefused: it is the last owner (409).
    """
    if member.role != MemberRole.OWNER:
        return
    others = Member.objects.filter(customer_id=member.customer_id, role=MemberRole.OWNER)
    if not others.exclude(pk=member.pk).exists():
        raise MemberRefused("The last owner stays: make another member owner first.")
