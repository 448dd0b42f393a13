from __future__ import annotations

from datetime import datetime

from django.db import transaction

from apps.wallets.enums import GrantMovementKind
from apps.wallets.errors import GrantUnavailable
from apps.wallets.models import CreditGrant
from apps.wallets.services.move_grant import GrantChange, lock_wallet, move_grant


@transaction.atomic
def void_grant(*, grant_id: int, reason: str, at: datetime, is_booked: bool = False) -> CreditGrant:
    """Take back what is left of a grant, for good; what was spent of it stays spent.

    Prepaid credit that was given free goes back to goodwill, credit that was paid for becomes
    refunds_payable; with `is_booked` the caller has posted it himself. Asks for no top-up and gives no alert.

    Raises:
        GrantUnavailable: it was voided before, or nothing is left of it (409).
    """
    wallet = lock_wallet(CreditGrant.objects.values_list("wallet_id", flat=True).get(pk=grant_id))
    grant = CreditGrant.objects.get(pk=grant_id)
    if grant.voided_at is not None or grant.remaining_minor == 0:
        raise GrantUnavailable("Nothing is left of this grant.")
    grant.voided_at = at
    grant.save(update_fields=["voided_at"])
    change = GrantChange(
        kind=GrantMovementKind.VOIDED,
        amount_minor=-grant.remaining_minor,
        reference=("credit_grant", grant.public_id),
        key=f"voided/{grant.public_id}",
        at=at,
        note=reason,
        is_booked=is_booked,
    )
    move_grant(wallet=wallet, grant=grant, change=change)
    return grant
