from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Max, Sum

from apps.wallets.enums import GrantKind, GrantMovementKind, Rollover
from apps.wallets.models import CreditGrant, GrantMovement, Wallet
from apps.wallets.services.move_grant import GrantChange, move_grant
from apps.wallets.services.roll_over import roll_over

_OF_A_BILL = (GrantMovementKind.SPENT, GrantMovementKind.RETURNED)


@transaction.atomic
def return_spends(*, reference: tuple[str, str], key: str, at: datetime) -> int:
    """Give back what a bill took from grants and was not given back yet; says how much, in minor units.

    For a voided invoice. A grant that has ended in the meantime gives what it gets to a new one, which lasts
    as long as the old one had left when it was spent, or for ever if that was voided; promotional credit that
    was voided stays lost. Prepaid credit is booked: receivable against customer_credit. A second call gives
    back nothing.
    """
    made = GrantMovement.objects.filter(
        reference_type=reference[0], reference_id=reference[1], kind__in=_OF_A_BILL
    )
    held = Wallet.objects.select_for_update(no_key=True).filter(pk__in=made.values("wallet_id"))
    wallets = {wallet.pk: wallet for wallet in held.order_by("pk")}
    taken = made.values_list("grant_id").annotate(total=Sum("amount_minor"), last_at=Max("at"))
    returned = 0
    for grant_id, total, last_at in taken.filter(total__lt=0).order_by("grant_id"):
        grant = CreditGrant.objects.get(pk=grant_id)
        if grant.voided_at is None or grant.kind == GrantKind.PREPAID:
            kind, own_key = GrantMovementKind.RETURNED, f"{key}/{grant.public_id}"
            change = GrantChange(kind, -total, reference, own_key, at)
            _give_back(wallets[grant.wallet_id], grant, change, spent_at=last_at)
            returned -= total
    return returned


def _give_back(wallet: Wallet, grant: CreditGrant, change: GrantChange, *, spent_at: datetime) -> None:
    move_grant(wallet=wallet, grant=grant, change=change)
    if not grant.has_ended(change.at):
        return
    lasts = None if grant.voided_at or grant.expires_at is None else grant.expires_at - spent_at
    roll_over(
        wallet=wallet,
        grant=grant,
        amount_minor=change.amount_minor,
        rollover=Rollover.NONE,
        expires_at=None if lasts is None else change.at + lasts,
        key=f"{change.key}/on",
        at=change.at,
    )
