"""Which member may do what: each role may do all that the one before it may."""

from __future__ import annotations

from apps.customers.enums import MemberRole

LADDER = (MemberRole.VIEWER, MemberRole.BILLING, MemberRole.OWNER)


def allows(role: MemberRole, needed: MemberRole) -> bool:
    return LADDER.index(role) >= LADDER.index(needed)
