from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from apps.core.due_work import Scope
from apps.wallets.enums import GrantMovementKind, Rollover
from apps.wallets.models import CreditGrant, GrantMovement, Wallet
from apps.wallets.services.move_grant import GrantChange, lock_wallet, move_grant
from apps.wallets.services.roll_over import roll_over
from apps.wallets.services.watch_balance import watch_balance

# What a grant's end leaves in its log.
ENDS = (GrantMovementKind.EXPIRED, GrantMovementKind.ROLLED_OVER)


def expiring_in(scope: Scope) -> QuerySet[CreditGrant]:
    """Grants of a scope that have something left and will expire, the earliest first."""
    return CreditGrant.objects.filter(
        remaining_minor__gt=0,
        expires_at__isnull=False,
        wallet__customer__test_clock_id=scope.test_clock_id,
    ).order_by("expires_at", "pk")


def expire_grants(*, scope: Scope, at: datetime, limit: int = 200) -> int:
    """Expire what is left of grants whose end is at or before `at`; how many. Any number may run at once.

    Each is a transaction of its own, at the instant of its expiry. What may roll over goes on as a new grant
    that lasts as long as the one before: what is left, at most the share of its amount, cut to whole
    minor units.
    """
    due = expiring_in(scope).filter(expires_at__lte=at).values_list("pk", "wallet_id")[:limit]
    return sum(_expire(grant_id, wallet_id, at) for grant_id, wallet_id in list(due))


def roll_ended_over(*, wallets: Sequence[Wallet], at: datetime) -> int:
    """Expire grants of locked wallets that ended at or before `at` and roll over; how many.

    For whoever is about to spend: no sweep may have come yet, and what goes on can be spent from that instant
    on. The wallets were read before, so they are to be read again where this is not 0. One query where there
    is none. Runs in the caller's transaction.
    """
    ended = CreditGrant.objects.filter(wallet__in=wallets, remaining_minor__gt=0, expires_at__lte=at)
    rolled = 0
    # What went on may have ended by now, too.
    while due := list(ended.exclude(rollover=Rollover.NONE).order_by("expires_at", "pk")):
        rolled += sum(_expire(grant.pk, grant.wallet_id, at) for grant in due)
    return rolled


@transaction.atomic
def _expire(grant_id: int, wallet_id: int, at: datetime) -> int:
    wallet = lock_wallet(wallet_id)
    grant = CreditGrant.objects.get(pk=grant_id)
    if grant.remaining_minor == 0 or grant.expires_at is None or grant.expires_at > at:
        return 0
    before, name = wallet.balance_minor, _name_of_end(grant)
    _go_on(wallet, grant, grant.expires_at, key=f"rolled/{name}")
    if grant.remaining_minor:
        key, reference = f"expired/{name}", ("credit_grant", grant.public_id)
        change = GrantChange(
            GrantMovementKind.EXPIRED, -grant.remaining_minor, reference, key, grant.expires_at
        )
        move_grant(wallet=wallet, grant=grant, change=change)
    watch_balance(wallet=wallet, before_minor=before, at=grant.expires_at)
    return 1


def _name_of_end(grant: CreditGrant) -> str:
    """A grant may end again: a bill that was voided just before its end gives back to it just after."""
    ended = GrantMovement.objects.filter(grant=grant, kind__in=ENDS).count()
    return f"{grant.public_id}/{ended}" if ended else grant.public_id


def _go_on(wallet: Wallet, grant: CreditGrant, expires_at: datetime, *, key: str) -> None:
    if grant.rollover == Rollover.NONE:
        return
    share = min(grant.remaining_minor, grant.amount_minor * grant.rollover_percent // 100)
    if share:
        roll_over(
            wallet=wallet,
            grant=grant,
            amount_minor=share,
            rollover=Rollover.ALWAYS if grant.rollover == Rollover.ALWAYS else Rollover.NONE,
            expires_at=expires_at + (expires_at - grant.effective_at),
            key=key,
            at=expires_at,
        )
