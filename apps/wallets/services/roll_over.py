from __future__ import annotations

from datetime import datetime

from apps.wallets.enums import GrantMovementKind, Rollover
from apps.wallets.models import CreditGrant, Wallet
from apps.wallets.services.grant import begin_grant
from apps.wallets.services.move_grant import GrantChange, move_grant


def roll_over(
    *,
    wallet: Wallet,
    grant: CreditGrant,
    amount_minor: int,
    rollover: Rollover,
    expires_at: datetime | None,
    key: str,
    at: datetime,
) -> CreditGrant:
    """Let `amount_minor` of a grant of a locked wallet go on as a new grant from `at` on.

    It keeps kind, source, name, priority and scope. The wallet's balance is the same afterwards, and
    nothing is booked.
    """
    reference = ("credit_grant", grant.public_id)
    leave = GrantChange(GrantMovementKind.ROLLED_OVER, -amount_minor, reference, key, at)
    move_grant(wallet=wallet, grant=grant, change=leave)
    heir = CreditGrant(
        wallet=wallet,
        kind=grant.kind,
        source=grant.source,
        name=grant.name,
        amount_minor=amount_minor,
        priority=grant.priority,
        effective_at=at,
        expires_at=expires_at,
        plan_ids=grant.plan_ids,
        meter_ids=grant.meter_ids,
        rollover=rollover if expires_at else Rollover.NONE,
        rollover_percent=grant.rollover_percent,
        rolled_from=grant,
        key=key,
        created_at=at,
    )
    return begin_grant(wallet=wallet, grant=heir, reference=reference, at=at)
