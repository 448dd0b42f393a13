from __future__ import annotations

from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from apps.accounts.models import User
from apps.audit.services.record import record_event
from apps.customers.enums import MemberRole
from apps.customers.errors import MemberRefused
from apps.customers.models import Customer, Invitation, Member

VALID_FOR = timedelta(days=7)


@transaction.atomic
def invite_member(
    *, customer: Customer, email: str, role: MemberRole, invited_by: User | None, at: datetime
) -> Invitation:
    """Offer membership by e-mail for seven days (`expires_at` exclusive).

    An open offer to the same address is replaced. `at` is real time: a test clock opens no doors.

    Raises:
        MemberRefused: no e-mail address, or the person is a member already (409).
    """
    address = email.strip().lower()
    try:
        validate_email(address)
    except ValidationError:
        raise MemberRefused("This is not an e-mail address.", field="email") from None
    # The lock makes two invitations of one address queue, not collide.
    Customer.objects.select_for_update().get(pk=customer.pk)
    if Member.objects.filter(customer=customer, user__email__iexact=address).exists():
        raise MemberRefused("This person is a member already.", field="email")
    customer.invitations.filter(email=address, accepted_at=None, withdrawn_at=None).update(withdrawn_at=at)
    invitation = Invitation.objects.create(
        customer=customer,
        email=address,
        role=role,
        invited_by=invited_by,
        created_at=at,
        expires_at=at + VALID_FOR,
    )
    record_event(
        name="member.invited",
        subject=invitation,
        at=at,
        data={"role": str(role)},
        brand_id=customer.brand_id,
        livemode=customer.livemode,
    )
    return invitation
