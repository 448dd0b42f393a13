from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from apps.audit.services.record import record_event
from apps.customers.models import Customer
from apps.ledger.services.post import Leg, post_transaction
from apps.wallets.enums import MovementKind
from apps.wallets.errors import InsufficientBalance, MovementKeyReused
from apps.wallets.models import BalanceMovement, CustomerBalance

# Whoever credits or spends has booked, or books, the other side as what the customer owes; only what staff
# give or take by hand has no document behind it.
_CONTRA = {MovementKind.MANUAL_CREDIT: "goodwill", MovementKind.MANUAL_DEBIT: "goodwill"}


@dataclass(frozen=True, slots=True)
class Movement:
    """A movement to be made: `amount_minor` is signed, `reference` is (type, public id) of its cause."""

    kind: MovementKind
    amount_minor: int
    reference: tuple[str, str]
    key: str
    at: datetime
    note: str = ""


def lock_balance(*, customer: Customer, currency: str, create: bool = False) -> CustomerBalance | None:
    """A customer's balance, held until the caller's transaction ends; None when there is none yet."""
    owner: dict[str, Any] = {
        "customer": customer,
        "currency": currency,
        "brand_id": customer.brand_id,
        "livemode": customer.livemode,
    }
    held = CustomerBalance.objects.select_for_update(of=("self",), no_key=True).filter(**owner)
    found = held.first()
    if found is None and create:
        CustomerBalance.objects.bulk_create([CustomerBalance(**owner)], ignore_conflicts=True)
        found = held.get()
    return found


def move_balance(*, balance: CustomerBalance, movement: Movement) -> BalanceMovement:
    """Make one movement of a locked balance: the row, the books and the event, or nothing of it.

    A key that was used before returns the first movement.

    Raises:
        InsufficientBalance: the balance would fall below zero (409).
        MovementKeyReused: the key stands for another movement (409).
    """
    known = BalanceMovement.objects.filter(key=movement.key).first()
    if known is not None:
        return _same(known, balance, movement)
    after = balance.balance_minor + movement.amount_minor
    if after < 0:
        raise InsufficientBalance("The balance holds less than that.", field="amount_minor")
    balance.balance_minor = after
    balance.save(update_fields=["balance_minor"])
    made = BalanceMovement.objects.create(
        balance=balance,
        kind=movement.kind,
        amount_minor=movement.amount_minor,
        balance_after_minor=after,
        reference_type=movement.reference[0],
        reference_id=movement.reference[1],
        key=movement.key,
        note=movement.note,
        at=movement.at,
    )
    _post(balance, made)
    _record(balance, made)
    return made


def _same(known: BalanceMovement, balance: CustomerBalance, movement: Movement) -> BalanceMovement:
    is_same = (known.balance_id, known.kind) == (balance.pk, movement.kind)
    if not is_same or known.amount_minor != movement.amount_minor:
        raise MovementKeyReused(f"The key '{movement.key}' stands for another movement.")
    return known


def _post(balance: CustomerBalance, made: BalanceMovement) -> None:
    contra = _CONTRA.get(MovementKind(made.kind), "receivable")
    post_transaction(
        key=f"balance:{made.public_id}",
        brand_id=balance.brand_id,
        livemode=balance.livemode,
        at=made.at,
        kind=f"balance_{made.kind}",
        reference=("balance_movement", made.public_id),
        customer_id=balance.customer_id,
        legs=[
            Leg(contra, made.amount_minor, balance.currency),
            Leg("customer_credit", -made.amount_minor, balance.currency),
        ],
    )


def _record(balance: CustomerBalance, made: BalanceMovement) -> None:
    record_event(
        name="balance.credited" if made.amount_minor > 0 else "balance.spent",
        subject=balance,
        at=made.at,
        data={
            "movement": made.public_id,
            "kind": made.kind,
            "amount_minor": made.amount_minor,
            "balance_after_minor": made.balance_after_minor,
            "currency": balance.currency,
            "reference": made.reference_id,
        },
    )
