from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from apps.wallets.enums import GrantKind, GrantMovementKind
from apps.wallets.errors import GrantKeyReused, GrantUnavailable
from apps.wallets.models import CreditGrant, GrantMovement, Wallet
from apps.wallets.open_grants import OpenGrant, open_promotional
from apps.wallets.services.expire_grants import roll_ended_over
from apps.wallets.services.move_grant import GrantChange, lock_wallets, move_grant
from apps.wallets.services.watch_balance import watch_balance


def hold_wallets(*, customer_id: int, currency: str, at: datetime) -> list[Wallet]:
    """A customer's wallets in a currency, held until the caller's transaction ends, with what can be spent of
    them at `at`: what has just rolled over is there."""
    held = lock_wallets(customer_id=customer_id, currency=currency)
    if held and roll_ended_over(wallets=held, at=at):
        held = lock_wallets(customer_id=customer_id, currency=currency)
    return held


def hold_promotional(*, customer_id: int, currency: str, at: datetime) -> list[OpenGrant]:
    """The same as `open_promotional`, held until the caller's transaction ends: nobody else spends it.

    For the finalising transaction: compute with this, then spend. One query where there is no wallet.
    """
    if not hold_wallets(customer_id=customer_id, currency=currency, at=at):
        return []
    return open_promotional(customer_id=customer_id, currency=currency, at=at)


@transaction.atomic
def spend_promotional(
    *, spends: Sequence[tuple[int, int]], reference: tuple[str, str], key: str, at: datetime
) -> None:
    """Take from promotional grants what a bill was lowered by: (grant id, minor units above zero) each.

    Runs in the finalising transaction. The same `key` again takes nothing. Nothing is booked: the invoice's
    revenue is lower by as much.

    Raises:
        GrantUnavailable: a grant is not promotional, not open at `at`, or holds less (409).
        GrantKeyReused: the key stands for other spending (409).
    """
    if not spends:
        return
    grant_ids = [grant_id for grant_id, _ in spends]
    wallets = _lock_wallets_of(grant_ids)
    if _is_done(spends, key):
        return
    grants = CreditGrant.objects.in_bulk(grant_ids)
    before = {wallet.pk: wallet.balance_minor for wallet in wallets.values()}
    for grant_id, amount_minor in spends:
        grant = grants[grant_id]
        _check(grant, amount_minor, at)
        take(wallets[grant.wallet_id], grant, amount_minor, reference, key, at)
    for wallet in wallets.values():
        watch_balance(wallet=wallet, before_minor=before[wallet.pk], at=at)


def take(
    wallet: Wallet, grant: CreditGrant, amount_minor: int, reference: tuple[str, str], key: str, at: datetime
) -> GrantMovement:
    """Spend exactly `amount_minor` of a grant of a locked wallet."""
    change = GrantChange(GrantMovementKind.SPENT, -amount_minor, reference, f"{key}/{grant.public_id}", at)
    return move_grant(wallet=wallet, grant=grant, change=change)


def spent_under(key: str) -> dict[int, int]:
    """What was spent under a key, by grant id, in minor units above zero."""
    made = GrantMovement.objects.filter(key__startswith=f"{key}/", kind=GrantMovementKind.SPENT)
    return {grant_id: -amount for grant_id, amount in made.values_list("grant_id", "amount_minor")}


def _lock_wallets_of(grant_ids: Sequence[int]) -> dict[int, Wallet]:
    of_grants = CreditGrant.objects.filter(pk__in=grant_ids).values("wallet_id")
    held = Wallet.objects.select_for_update(no_key=True).filter(pk__in=of_grants).order_by("pk")
    return {wallet.pk: wallet for wallet in held}


def _is_done(spends: Sequence[tuple[int, int]], key: str) -> bool:
    known = spent_under(key)
    if known and known != dict(spends):
        raise GrantKeyReused(f"The key '{key}' stands for other spending.")
    return bool(known)


def _check(grant: CreditGrant, amount_minor: int, at: datetime) -> None:
    is_open = grant.effective_at <= at and not grant.has_ended(at)
    if grant.kind != GrantKind.PROMOTIONAL or not is_open or amount_minor <= 0:
        raise GrantUnavailable(f"The grant {grant.public_id} cannot be used now.")
