from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from apps.audit.services.record import record_event
from apps.wallets.enums import GrantMovementKind
from apps.wallets.errors import GrantUnavailable
from apps.wallets.models import CreditGrant, GrantMovement, Wallet
from apps.wallets.services.book_grant import book_movement


@dataclass(frozen=True, slots=True)
class GrantChange:
    """A movement to be made: `amount_minor` is signed, `reference` is (type, public id) of its cause.

    `is_booked` where the caller posts it to the ledger himself.
    """

    kind: GrantMovementKind
    amount_minor: int
    reference: tuple[str, str]
    key: str
    at: datetime
    note: str = ""
    is_booked: bool = False


def lock_wallet(wallet_id: int) -> Wallet:
    """A wallet, held until the caller's transaction ends. Whatever moves one of its grants holds it first."""
    return Wallet.objects.select_for_update(no_key=True).get(pk=wallet_id)


def lock_wallets(*, customer_id: int, currency: str) -> list[Wallet]:
    """A customer's wallets in a currency, held until the caller's transaction ends, always in one order."""
    held = Wallet.objects.select_for_update(no_key=True)
    return list(held.filter(customer_id=customer_id, currency=currency).order_by("pk"))


def move_grant(*, wallet: Wallet, grant: CreditGrant, change: GrantChange) -> GrantMovement:
    """Make one movement of a grant whose wallet is locked: the rows, the books and the event, or nothing.

    `grant` was read under the lock.

    Raises:
        GrantUnavailable: the grant would fall below zero (409).
    """
    left = grant.remaining_minor + change.amount_minor
    if left < 0:
        raise GrantUnavailable(f"The grant {grant.public_id} holds less than that.", field="amount_minor")
    grant.remaining_minor = left
    grant.save(update_fields=["remaining_minor"])
    wallet.balance_minor += change.amount_minor
    # Not save(): the log of staff's changes has no place on the way of every bill.
    Wallet.objects.filter(pk=wallet.pk).update(balance_minor=wallet.balance_minor)
    made = GrantMovement.objects.create(
        wallet=wallet,
        grant=grant,
        kind=change.kind,
        amount_minor=change.amount_minor,
        remaining_after_minor=left,
        wallet_after_minor=wallet.balance_minor,
        reference_type=change.reference[0],
        reference_id=change.reference[1],
        key=change.key,
        note=change.note,
        at=change.at,
    )
    if not change.is_booked:
        book_movement(wallet=wallet, grant=grant, movement=made)
    _record(wallet, grant, made)
    return made


def _record(wallet: Wallet, grant: CreditGrant, made: GrantMovement) -> None:
    record_event(
        name=f"credit_grant.{made.kind}",
        subject=grant,
        at=made.at,
        customer_id=wallet.customer_id,
        brand_id=wallet.brand_id,
        livemode=wallet.livemode,
        data={
            "wallet": wallet.public_id,
            "movement": made.public_id,
            "kind": grant.kind,
            "name": grant.name,
            "amount_minor": made.amount_minor,
            "remaining_minor": made.remaining_after_minor,
            "wallet_after_minor": made.wallet_after_minor,
            "currency": wallet.currency,
            "reference": made.reference_id,
        },
    )
