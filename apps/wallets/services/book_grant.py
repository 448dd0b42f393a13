from __future__ import annotations

from apps.ledger.services.post import Leg, post_transaction
from apps.wallets.enums import GrantKind, GrantMovementKind, GrantSource
from apps.wallets.models import CreditGrant, GrantMovement, Wallet

# What stands against customer_credit; a kind that is absent moves no money.
_CONTRA = {
    GrantMovementKind.SPENT: "receivable",
    GrantMovementKind.RETURNED: "receivable",
    GrantMovementKind.EXPIRED: "breakage",
}


def book_movement(*, wallet: Wallet, grant: CreditGrant, movement: GrantMovement) -> None:
    """Post what a movement of a prepaid grant does to the books, once; minor units of the wallet's currency.

    Prepaid credit is owed to the customer (customer_credit) until it is spent (receivable), expires
    (breakage) or is voided: what was given free goes back to goodwill, what was paid for is to be refunded.
    Promotional credit is worth nothing until it lowers an invoice, so it is never posted here; nor is money
    that came in (whoever took it posts it), or what went on as another grant.
    """
    contra = _contra(grant, movement)
    if contra is None:
        return
    post_transaction(
        key=f"grant:{movement.public_id}",
        brand_id=wallet.brand_id,
        livemode=wallet.livemode,
        at=movement.at,
        kind=f"grant_{movement.kind}",
        reference=("grant_movement", movement.public_id),
        customer_id=wallet.customer_id,
        legs=[
            Leg(contra, movement.amount_minor, wallet.currency),
            Leg("customer_credit", -movement.amount_minor, wallet.currency),
        ],
    )


def _contra(grant: CreditGrant, movement: GrantMovement) -> str | None:
    if grant.kind != GrantKind.PREPAID:
        return None
    is_paid = grant.source == GrantSource.PAID
    match movement.kind:
        case GrantMovementKind.GRANTED:
            return None if is_paid or grant.rolled_from_id else "goodwill"
        case GrantMovementKind.VOIDED:
            return "refunds_payable" if is_paid else "goodwill"
    return _CONTRA.get(GrantMovementKind(movement.kind))
