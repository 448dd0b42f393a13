from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import structlog
from django.db import models, transaction
from django.db.models import Q

from apps.customers.selectors import now_for
from apps.ledger.services.post import Leg, post_transaction
from apps.payments.dispute_selectors import WITHDRAWN
from apps.payments.enums import DisputeStatus, MovementKind, PaymentStatus, RefundStatus
from apps.payments.errors import GatewayUnreachable
from apps.payments.gateways.registry import gateway_named
from apps.payments.models import Dispute, GatewayMovement, Payment, Refund
from apps.payments.services.book_payout import book_payout
from apps.payments.services.record_dispute import record_dispute

logger = structlog.get_logger(__name__)

PAYOUTS = (MovementKind.PAYOUT, MovementKind.PAYOUT_FAILURE)


@dataclass(frozen=True, slots=True)
class _Ours:
    """What a movement is, of our rows, and what it moved by our books (minor units, out is negative)."""

    row: Payment | Refund | Dispute
    name: str
    amount_minor: int


def match_movements(*, gateway: str, at: datetime) -> int:
    """Find for each unmatched movement what of ours it is, by the gateway's ids; how many were found.

    A movement matches only when currency and amount are what our books say, to the minor unit. Matching books
    its fee (`gateway_fees` against `gateway_clearing`). Payouts come last: see `book_payout`. `at` is real
    time. Calls the gateway about disputes that it never told of, so never inside a transaction.
    """
    waiting = GatewayMovement.objects.filter(gateway=gateway, matched_at=None).order_by("created_at", "pk")
    count = 0
    for movement in waiting.exclude(kind__in=PAYOUTS):
        if movement.kind == MovementKind.DISPUTE:
            _learn_dispute(movement)
        count += _match(movement.pk, at)
    for movement in waiting.filter(kind__in=PAYOUTS):
        count += book_payout(movement_id=movement.pk, at=at)
    return count


@transaction.atomic
def _match(movement_id: int, at: datetime) -> bool:
    movement = GatewayMovement.objects.select_for_update().get(pk=movement_id)
    ours = _find(movement)
    if movement.matched_at is not None or ours is None:
        return False
    if (ours.amount_minor, ours.row.currency) != (movement.gross_minor, movement.currency):
        return False
    mark_matched(movement=movement, row=ours.row, name=ours.name, at=at)
    return True


def mark_matched(*, movement: GatewayMovement, row: models.Model, name: str, at: datetime) -> None:
    """Say what a movement is, and book its fee. Runs in the caller's transaction, which holds the row."""
    movement.matched_type, movement.matched_id = name, row.public_id  # type: ignore[attr-defined]
    movement.brand_id, movement.livemode = row.brand_id, row.livemode  # type: ignore[attr-defined]
    movement.matched_at = at
    movement.save(update_fields=["matched_type", "matched_id", "brand", "livemode", "matched_at"])
    if movement.fee_minor:
        book_fee(movement)


def book_fee(movement: GatewayMovement) -> None:
    """Book what the gateway kept of a movement that has a brand. Runs in the caller's transaction."""
    if movement.brand_id is None:
        raise ValueError("a fee is booked once its movement has a brand")
    post_transaction(
        key=f"gateway_movement:{movement.public_id}:fee",
        brand_id=movement.brand_id,
        livemode=movement.livemode,
        at=movement.created_at,
        kind="gateway_fee",
        reference=("gateway_movement", movement.public_id),
        customer_id=None,
        legs=[
            Leg("gateway_fees", movement.fee_minor, movement.currency),
            Leg("gateway_clearing", -movement.fee_minor, movement.currency),
        ],
    )


def _find(movement: GatewayMovement) -> _Ours | None:
    match movement.kind:
        case MovementKind.CHARGE:
            payment = _payment_of(movement, PaymentStatus.SUCCEEDED)
            return _Ours(payment, "payment", payment.amount_minor) if payment else None
        case MovementKind.REFUND | MovementKind.REFUND_FAILURE:
            refund = _refund_of(movement)
            sign = -1 if movement.kind == MovementKind.REFUND else 1
            return _Ours(refund, "refund", sign * refund.amount_minor) if refund else None
        case MovementKind.DISPUTE | MovementKind.DISPUTE_REVERSAL:
            dispute = _dispute_of(movement)
            sign = -1 if movement.kind == MovementKind.DISPUTE else 1
            return _Ours(dispute, "dispute", sign * dispute.amount_minor) if dispute else None
    return None


def _payment_of(movement: GatewayMovement, status: PaymentStatus | None = None) -> Payment | None:
    refs = [movement.source_ref, *movement.related_refs]
    rows = Payment.objects.filter(gateway=movement.gateway).select_related("customer__test_clock")
    named = rows.filter(Q(capture_id__in=refs) | Q(gateway_id__in=refs))
    return (named.filter(status=status) if status else named).first()


def _refund_of(movement: GatewayMovement) -> Refund | None:
    """Once our books show it: what comes back was booked out before."""
    known = Refund.objects.filter(gateway=movement.gateway, gateway_id=movement.source_ref)
    taken = (RefundStatus.PROCESSING, RefundStatus.SUCCEEDED, RefundStatus.FAILED)
    back = (RefundStatus.FAILED,)
    return known.filter(status__in=taken if movement.kind == MovementKind.REFUND else back).first()


def _dispute_of(movement: GatewayMovement) -> Dispute | None:
    known = Dispute.objects.filter(gateway=movement.gateway, gateway_id=movement.source_ref)
    out = (*WITHDRAWN, DisputeStatus.WON)
    back = (DisputeStatus.WON,)
    return known.filter(status__in=out if movement.kind == MovementKind.DISPUTE else back).first()


def _learn_dispute(movement: GatewayMovement) -> None:
    """A dispute whose messages were all lost is found by the money that it took."""
    payment = _payment_of(movement)
    if _dispute_of(movement) is not None or payment is None:
        return
    try:
        state = gateway_named(movement.gateway).fetch_dispute(movement.source_ref)
    except GatewayUnreachable:
        logger.warning("dispute_not_fetched", dispute=movement.source_ref)
        return
    record_dispute(payment_id=payment.pk, state=state, at=now_for(payment.customer))
