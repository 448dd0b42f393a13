"""Members, invitations and consents."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import DatabaseError, transaction

from apps.audit.models import Event
from apps.customers.enums import ConsentKind, MemberRole
from apps.customers.errors import MemberRefused
from apps.customers.models import Consent, Member
from apps.customers.selectors import customers_of_user, latest_consent, members_of, open_invitations
from apps.customers.services.accept_invitation import accept_invitation
from apps.customers.services.add_member import add_member
from apps.customers.services.change_role import change_role
from apps.customers.services.invite_member import invite_member
from apps.customers.services.record_consent import record_consent
from apps.customers.services.remove_member import remove_member
from apps.customers.services.withdraw_invitation import withdraw_invitation
from tests.factories.customers import make_customer, make_member, make_user

AT = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)

pytestmark = pytest.mark.django_db


def test_member_is_added_once_and_keeps_the_role() -> None:
    customer, user = make_customer(), make_user()

    add_member(customer=customer, user=user, role=MemberRole.VIEWER, at=AT)
    member = add_member(customer=customer, user=user, role=MemberRole.OWNER, at=AT)

    assert member.role == MemberRole.VIEWER
    assert list(members_of(customer)) == [member]
    assert list(customers_of_user(user_id=user.pk)) == [customer]
    assert Event.objects.get().data == {"user_id": user.pk, "role": "viewer"}


def test_last_owner_can_neither_leave_nor_step_down() -> None:
    owner = make_member(customer=make_customer())
    make_member(customer=owner.customer, role=MemberRole.BILLING)

    with pytest.raises(MemberRefused):
        remove_member(member_id=owner.pk, at=AT)
    with pytest.raises(MemberRefused):
        change_role(member_id=owner.pk, role=MemberRole.VIEWER, at=AT)

    owner.refresh_from_db()
    assert owner.role == MemberRole.OWNER


def test_owner_may_leave_when_there_is_another() -> None:
    first = make_member(customer=make_customer())
    second = make_member(customer=first.customer, role=MemberRole.VIEWER)

    change_role(member_id=second.pk, role=MemberRole.OWNER, at=AT)
    remove_member(member_id=first.pk, at=AT)

    assert list(Member.objects.all()) == [second]
    names = [e.name for e in Event.objects.order_by("pk")]
    assert names == ["member.role_changed", "member.removed"]


def test_invitation_is_accepted_by_its_address_only() -> None:
    customer, user = make_customer(), make_user(email="Grace@Example.com")
    invitation = invite_member(
        customer=customer, email="grace@example.COM", role=MemberRole.BILLING, invited_by=None, at=AT
    )

    with pytest.raises(MemberRefused, match="another e-mail"):
        accept_invitation(invitation_id=invitation.pk, user=make_user(), at=AT)
    member = accept_invitation(invitation_id=invitation.pk, user=user, at=AT)
    again = accept_invitation(invitation_id=invitation.pk, user=user, at=AT)

    assert (member.role, again.pk) == (MemberRole.BILLING, member.pk)
    assert not open_invitations(customer, at=AT).exists()


def test_invitation_ends_after_seven_days_exclusive() -> None:
    user = make_user()
    invitation = invite_member(
        customer=make_customer(), email=user.email, role=MemberRole.VIEWER, invited_by=None, at=AT
    )

    with pytest.raises(MemberRefused, match="expired"):
        accept_invitation(invitation_id=invitation.pk, user=user, at=AT + timedelta(days=7))

    moment_before = AT + timedelta(days=7, microseconds=-1)
    assert accept_invitation(invitation_id=invitation.pk, user=user, at=moment_before).user == user


def test_new_invitation_replaces_the_open_one_and_withdrawn_ones_do_not_open() -> None:
    customer, user = make_customer(), make_user()
    call = {"customer": customer, "email": user.email, "invited_by": None, "at": AT}
    first = invite_member(**call, role=MemberRole.VIEWER)
    second = invite_member(**call, role=MemberRole.OWNER)

    assert list(open_invitations(customer, at=AT)) == [second]
    with pytest.raises(MemberRefused, match="withdrawn"):
        accept_invitation(invitation_id=first.pk, user=user, at=AT)

    withdraw_invitation(invitation_id=second.pk, at=AT)

    with pytest.raises(MemberRefused, match="withdrawn"):
        accept_invitation(invitation_id=second.pk, user=user, at=AT)
    assert not Member.objects.exists()


def test_member_and_nonsense_are_not_invited() -> None:
    member = make_member(customer=make_customer())

    for email in (member.user.email.upper(), "nobody"):
        with pytest.raises(MemberRefused):
            invite_member(
                customer=member.customer,
                email=email,
                role=MemberRole.VIEWER,
                invited_by=None,
                at=AT,
            )

    assert not member.customer.invitations.exists()


def test_consent_is_kept_word_for_word_and_cannot_change() -> None:
    customer = make_customer()

    consent = record_consent(
        customer=customer,
        kind=ConsentKind.RECURRING_CHARGE,
        text="Charge me each month.",
        user=None,
        ip="192.0.2.7",
        subject="sub_1",
        at=AT,
    )

    assert consent.text_sha256 == ("9a290407250caaaa3d2365312e40204d6e60a5ddce13e5eafc389b295bdc56b4")
    assert latest_consent(customer=customer, kind=ConsentKind.RECURRING_CHARGE) == consent
    assert latest_consent(customer=customer, kind=ConsentKind.TERMS) is None
    with pytest.raises(DatabaseError), transaction.atomic():
        Consent.objects.filter(pk=consent.pk).update(text="Never charge me.")
