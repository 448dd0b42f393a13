from __future__ import annotations

from datetime import datetime

from django.db import transaction

from apps.accounts.models import Brand
from apps.audit.services.record import record_event
from apps.customers.models import Customer
from apps.ledger.services.post import Leg, post_transaction
from apps.payments.enums import MovementKind
from apps.payments.errors import MovementMatched
from apps.payments.models import GatewayMovement
from apps.payments.services.match_movements import PAYOUTS, book_fee
from apps.wallets.enums import MovementKind as BalanceKind
from apps.wallets.services.credit import credit_balance


@transaction.atomic
def book_as_cost(*, movement_id: int, brand: Brand, livemode: bool, at: datetime) -> GatewayMovement:
    """Say that a movement is a cost of the gateway (or its rebate): all of it is booked to `gateway_fees`.

    `at` is real time.

    Raises:
        MovementMatched: it was matched before, or is a payout, which waits for its parts (409).
    """
    movement = _lock(movement_id)
    _close(movement, brand, livemode, "cost", movement.public_id, at)
    _post(movement, "gateway_fees", movement.net_minor)
    return movement


@transaction.atomic
def give_to_customer(*, movement_id: int, customer: Customer, at: datetime) -> GatewayMovement:
    """Say that a charge that nothing here asked for is a customer's money: it goes to the balance.

    Its fee is booked as of any charge. `at` is the customer's time.

    Raises:
        MovementMatched: it was matched before, or is no charge (409).
    """
    movement = _lock(movement_id)
    if movement.kind != MovementKind.CHARGE or movement.gross_minor <= 0:
        raise MovementMatched("Only a charge can be a customer's money.")
    _close(movement, customer.brand, customer.livemode, "customer", customer.public_id, at)
    _post(movement, "receivable", movement.gross_minor, customer)
    if movement.fee_minor:
        book_fee(movement)
    credit_balance(
        customer=customer,
        currency=movement.currency,
        amount_minor=movement.gross_minor,
        kind=BalanceKind.OVERPAYMENT,
        reference=("gateway_movement", movement.public_id),
        key=f"gateway_movement:{movement.public_id}",
        at=at,
    )
    return movement


def _lock(movement_id: int) -> GatewayMovement:
    movement = GatewayMovement.objects.select_for_update().get(pk=movement_id)
    if movement.matched_at is not None:
        raise MovementMatched("This movement was matched before.")
    if movement.kind in PAYOUTS:
        raise MovementMatched("A payout is matched by itself once all that it consists of is.")
    return movement


def _close(
    movement: GatewayMovement, brand: Brand, livemode: bool, name: str, reference: str, at: datetime
) -> None:
    movement.brand, movement.livemode = brand, livemode
    movement.matched_type, movement.matched_id, movement.matched_at = name, reference, at
    movement.save(update_fields=["matched_type", "matched_id", "brand", "livemode", "matched_at"])
    data = {
        "gross_minor": movement.gross_minor,
        "fee_minor": movement.fee_minor,
        "currency": movement.currency,
        "as": name,
    }
    record_event(name="gateway_movement.matched", subject=movement, at=at, data=data)


def _post(movement: GatewayMovement, code: str, amount: int, customer: Customer | None = None) -> None:
    if movement.brand_id is None:
        raise ValueError("a movement is booked once it has a brand")
    post_transaction(
        key=f"gateway_movement:{movement.public_id}:by_hand",
        brand_id=movement.brand_id,
        livemode=movement.livemode,
        at=movement.created_at,
        kind="gateway_movement",
        reference=("gateway_movement", movement.public_id),
        customer_id=customer.pk if customer else None,
        legs=[
            Leg("gateway_clearing", amount, movement.currency),
            Leg(code, -amount, movement.currency),
        ],
    )
