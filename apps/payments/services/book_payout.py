from __future__ import annotations

from collections import Counter
from datetime import datetime

from django.db import transaction

from apps.ledger.services.post import Leg, post_transaction
from apps.payments.enums import MovementKind
from apps.payments.models import GatewayMovement, GatewayPayout
from apps.payments.payout_selectors import Books, parts_of_payout


@transaction.atomic
def book_payout(*, movement_id: int, at: datetime) -> bool:
    """Book a payout, or one that came back, once all that it consists of is matched; whether it was.

    One account of a gateway serves every brand, so each brand's books get what its own movements brought:
    `bank_in_transit` against `gateway_clearing`, the other way round for what comes back. The sum of the
    parts must be the payout to the minor unit. A fee for the payout itself is the brand's with the largest
    part. `at` is real time.
    """
    movement = GatewayMovement.objects.select_for_update().get(pk=movement_id)
    payout = GatewayPayout.objects.filter(gateway=movement.gateway, gateway_id=movement.source_ref).first()
    if movement.matched_at is not None or payout is None:
        return False
    parts = list(parts_of_payout(payout))
    sign = 1 if movement.kind == MovementKind.PAYOUT else -1
    is_whole = sum(part.net_minor for part in parts) == -sign * movement.gross_minor
    if not is_whole or any(part.matched_at is None for part in parts):
        return False
    shares: Counter[Books] = Counter()
    for part in parts:
        shares[Books(part.brand_id or 0, part.livemode)] += part.net_minor
    for books, amount in shares.items():
        _post(movement, payout, books, sign * amount)
    if movement.fee_minor:
        _post_fee(movement, payout, shares.most_common(1)[0][0])
    movement.matched_type, movement.matched_id, movement.matched_at = "payout", payout.public_id, at
    movement.save(update_fields=["matched_type", "matched_id", "matched_at"])
    payout.booked_at = payout.booked_at or at
    payout.save(update_fields=["booked_at"])
    return True


def _post(movement: GatewayMovement, payout: GatewayPayout, books: Books, amount: int) -> None:
    if not amount:
        return
    post_transaction(
        key=f"gateway_movement:{movement.public_id}:payout",
        brand_id=books.brand_id,
        livemode=books.livemode,
        at=movement.created_at,
        kind="payout" if movement.kind == MovementKind.PAYOUT else "payout_failed",
        reference=("gateway_payout", payout.public_id),
        customer_id=None,
        legs=[
            Leg("bank_in_transit", amount, payout.currency),
            Leg("gateway_clearing", -amount, payout.currency),
        ],
    )


def _post_fee(movement: GatewayMovement, payout: GatewayPayout, books: Books) -> None:
    post_transaction(
        key=f"gateway_movement:{movement.public_id}:fee",
        brand_id=books.brand_id,
        livemode=books.livemode,
        at=movement.created_at,
        kind="gateway_fee",
        reference=("gateway_payout", payout.public_id),
        customer_id=None,
        legs=[
            Leg("gateway_fees", movement.fee_minor, movement.currency),
            Leg("gateway_clearing", -movement.fee_minor, movement.currency),
        ],
    )
