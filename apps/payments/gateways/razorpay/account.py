"""What moved the balance at Razorpay, by its reconciliation report, and what it paid out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from apps.payments.enums import MovementKind, PayoutStatus
from apps.payments.gateways.razorpay.connection import Connection, reachable
from apps.payments.gateways.razorpay.methods import SETUP_PURPOSE
from apps.payments.gateways.terms import BalanceMovement, PayoutState

# Razorpay's days are India's.
DAY_ZONE = ZoneInfo("Asia/Kolkata")
PAGE = 100
PAYOUT_STATUSES = {
    "created": PayoutStatus.PENDING,
    "processed": PayoutStatus.PAID,
    "failed": PayoutStatus.FAILED,
}


class Account(Connection):
    """KeepsAccount. The rupee of a method's setup and its return are adjustments: no payment of ours."""

    def movements(self, *, since: datetime, until: datetime) -> Iterable[BalanceMovement]:
        for day in _days(since, until):
            wanted = {"year": day.year, "month": day.month, "day": day.day}
            for line in self._pages(self.api.settlement.report, wanted):
                movement = _movement(line)
                if since <= movement.created_at < until:
                    yield movement
        for payout in self.payouts(since=since, until=until):
            if payout.status == PayoutStatus.PAID:
                yield _payout_movement(payout)

    def payouts(self, *, since: datetime, until: datetime) -> Iterable[PayoutState]:
        # Both ends are inclusive there.
        wanted = {"from": int(since.timestamp()), "to": int(until.timestamp())}
        for settlement in self._pages(self.api.settlement.all, wanted):
            state = _payout(settlement)
            if since <= state.created_at < until:
                yield state

    def _pages(self, call: Any, wanted: dict[str, int]) -> Iterator[dict[str, Any]]:
        skip = 0
        while True:
            with reachable():
                items = call({**wanted, "count": PAGE, "skip": skip})["items"]
            yield from items
            if len(items) < PAGE:
                return
            skip += PAGE


def _days(since: datetime, until: datetime) -> Iterator[date]:
    day = since.astimezone(DAY_ZONE).date()
    last = until.astimezone(DAY_ZONE).date()
    while day <= last:
        yield day
        day += timedelta(days=1)


def _movement(line: dict[str, Any]) -> BalanceMovement:
    net, fee = int(line["credit"]) - int(line["debit"]), int(line["fee"] or 0)
    settled_at = line.get("settled_at")
    related = (line.get("payment_id"), line.get("order_id"), line.get("dispute_id"))
    return BalanceMovement(
        gateway_id=f"{line['type']}:{line['entity_id']}",
        kind=_kind(line, net),
        gross_minor=net + fee,
        # With the tax on it.
        fee_minor=fee,
        currency=line["currency"],
        # The report of a day is about what was settled on it, days after it was taken.
        created_at=datetime.fromtimestamp(settled_at or line["created_at"], UTC),
        source_ref=line["entity_id"],
        related_refs=tuple(name for name in related if name),
        payout_ref=line.get("settlement_id") or "",
        description=line.get("description") or "",
        available_at=datetime.fromtimestamp(settled_at, UTC) if settled_at else None,
    )


def _kind(line: dict[str, Any], net: int) -> MovementKind:
    if (line.get("notes") or {}).get("purpose") == SETUP_PURPOSE:
        return MovementKind.ADJUSTMENT
    if line["type"] == "adjustment" and line.get("dispute_id"):
        return MovementKind.DISPUTE if net < 0 else MovementKind.DISPUTE_REVERSAL
    if line["type"] == "refund" and net > 0:
        return MovementKind.REFUND_FAILURE
    return {"payment": MovementKind.CHARGE, "refund": MovementKind.REFUND}.get(
        line["type"], MovementKind.ADJUSTMENT
    )


def _payout(settlement: dict[str, Any]) -> PayoutState:
    return PayoutState(
        gateway_id=settlement["id"],
        amount_minor=int(settlement["amount"]),
        currency="INR",
        status=PAYOUT_STATUSES.get(settlement["status"], PayoutStatus.PENDING),
        created_at=datetime.fromtimestamp(settlement["created_at"], UTC),
    )


def _payout_movement(payout: PayoutState) -> BalanceMovement:
    return BalanceMovement(
        gateway_id=f"settlement:{payout.gateway_id}",
        kind=MovementKind.PAYOUT,
        gross_minor=-payout.amount_minor,
        fee_minor=0,
        currency=payout.currency,
        created_at=payout.created_at,
        source_ref=payout.gateway_id,
        payout_ref=payout.gateway_id,
    )
