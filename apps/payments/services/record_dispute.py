from __future__ import annotations

from datetime import datetime

from django.db import transaction

from apps.audit.services.record import record_event
from apps.ledger.services.post import Leg, post_transaction
from apps.payments.dispute_selectors import WITHDRAWN
from apps.payments.enums import DISPUTE_NEXT, DisputeStatus
from apps.payments.gateways.terms import DisputeState
from apps.payments.models import Dispute, Payment

ENDED = (DisputeStatus.WON, DisputeStatus.LOST, DisputeStatus.CLOSED)
EVENTS = {
    DisputeStatus.WON: "dispute.won",
    DisputeStatus.LOST: "dispute.lost",
    DisputeStatus.CLOSED: "dispute.closed",
}


@transaction.atomic
def record_dispute(*, payment_id: int, state: DisputeState, at: datetime) -> Dispute:
    """Write down a dispute as the gateway tells it now: row, payment, books and event, or nothing of it.

    Asked often and in any order it does the same: a status only moves as `DISPUTE_NEXT` says. `at` is the
    customer's time. What the bank takes is booked `disputed` against `gateway_clearing`, and counts in the
    payment's `returned_minor`, so that it cannot be refunded too. Won reverses both; lost moves it on to
    `dispute_losses`. The invoice stays paid: what it was issued for was delivered, and a claim against the
    payer is not an invoice's. The gateway's fee is booked by its movement (`match_movements`).
    """
    payment = _lock(payment_id)
    dispute = Dispute.objects.filter(gateway=payment.gateway, gateway_id=state.gateway_id).first()
    before = DisputeStatus(dispute.status) if dispute else None
    if dispute is None:
        dispute = _open(payment, state, at)
    elif state.status in DISPUTE_NEXT[DisputeStatus(dispute.status)]:
        dispute.status = state.status
    elif state.status != dispute.status:
        return dispute
    _describe(dispute, state, at)
    if before != state.status:
        _move_money(dispute, payment, before, at)
        name = EVENTS.get(state.status, "dispute.updated" if before else "dispute.opened")
        _tell(dispute, payment, name, at)
    return dispute


def _lock(payment_id: int) -> Payment:
    rows = Payment.objects.select_related("customer", "invoice")
    return rows.select_for_update(of=("self",)).get(pk=payment_id)


def _open(payment: Payment, state: DisputeState, at: datetime) -> Dispute:
    return Dispute(
        brand_id=payment.brand_id,
        livemode=payment.livemode,
        customer=payment.customer,
        payment=payment,
        gateway=payment.gateway,
        gateway_id=state.gateway_id,
        amount_minor=state.amount_minor,
        currency=state.currency,
        status=state.status,
        opened_at=at,
    )


def _describe(dispute: Dispute, state: DisputeState, at: datetime) -> None:
    dispute.reason = state.reason[:80]
    dispute.fee_minor = state.fee_minor
    dispute.evidence_due_at = state.evidence_due_at
    if state.status in ENDED:
        dispute.closed_at = dispute.closed_at or at
    dispute.save()


def _move_money(dispute: Dispute, payment: Payment, before: DisputeStatus | None, at: datetime) -> None:
    """Book the way from one status to another, also over those that nobody told of in between."""
    now, amount = DisputeStatus(dispute.status), dispute.amount_minor
    if now not in WITHDRAWN and (before not in WITHDRAWN):
        return
    if before not in WITHDRAWN:
        _count(dispute, payment, back=False)
        _post(dispute, "withdrawn", [("disputed", amount), ("gateway_clearing", -amount)], at)
    if now == DisputeStatus.LOST:
        _post(dispute, "lost", [("dispute_losses", amount), ("disputed", -amount)], at)
    if now == DisputeStatus.WON:
        held = "dispute_losses" if before == DisputeStatus.LOST else "disputed"
        _count(dispute, payment, back=True)
        _post(dispute, "won", [("gateway_clearing", amount), (held, -amount)], at)


def _count(dispute: Dispute, payment: Payment, *, back: bool) -> None:
    """Let it count as returned, as far as refunds have not returned it already."""
    if not back:
        dispute.counted_minor = min(dispute.amount_minor, payment.amount_minor - payment.returned_minor)
    payment.returned_minor += -dispute.counted_minor if back else dispute.counted_minor
    dispute.counted_minor = 0 if back else dispute.counted_minor
    dispute.save(update_fields=["counted_minor"])
    payment.save(update_fields=["returned_minor"])


def _post(dispute: Dispute, step: str, legs: list[tuple[str, int]], at: datetime) -> None:
    post_transaction(
        key=f"dispute:{dispute.public_id}:{step}",
        brand_id=dispute.brand_id,
        livemode=dispute.livemode,
        at=at,
        kind=f"dispute_{step}",
        reference=("dispute", dispute.public_id),
        customer_id=dispute.customer_id,
        legs=[Leg(code, amount, dispute.currency) for code, amount in legs],
    )


def _tell(dispute: Dispute, payment: Payment, name: str, at: datetime) -> None:
    record_event(
        name=name,
        subject=dispute,
        at=at,
        data={
            "payment": payment.public_id,
            "invoice": payment.invoice.public_id,
            "amount_minor": dispute.amount_minor,
            "currency": dispute.currency,
            "status": str(dispute.status),
            "reason": dispute.reason,
        },
    )
