"""What moved Stripe's account with us, and what it paid out."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import stripe

from apps.payments.enums import MovementKind, PayoutStatus
from apps.payments.gateways.stripe.answers import iso_amount
from apps.payments.gateways.terms import BalanceMovement, PayoutState

# By `reporting_category` (docs.stripe.com/reports/reporting-categories), which is finer than the type.
KINDS = {
    "charge": MovementKind.CHARGE,
    "refund": MovementKind.REFUND,
    "refund_failure": MovementKind.REFUND_FAILURE,
    "dispute": MovementKind.DISPUTE,
    "dispute_reversal": MovementKind.DISPUTE_REVERSAL,
    "fee": MovementKind.FEE,
    "payout": MovementKind.PAYOUT,
    "payout_reversal": MovementKind.PAYOUT_FAILURE,
}
STATUSES = {
    "pending": PayoutStatus.PENDING,
    "in_transit": PayoutStatus.PENDING,
    "paid": PayoutStatus.PAID,
    "failed": PayoutStatus.FAILED,
    "canceled": PayoutStatus.CANCELED,
}
PAGE = 100


def movements(api: stripe.V1Services, *, since: datetime, until: datetime) -> Iterator[BalanceMovement]:
    """What was moved in [since, until); then once more, with its payout, what the payouts of then took.

    A balance transaction does not name its payout: only the list by payout tells.
    """
    moved = api.balance_transactions.list(
        params={
            "created": {"gte": int(since.timestamp()), "lt": int(until.timestamp())},
            "limit": PAGE,
            "expand": ["data.source"],
        }
    )
    for row in moved.auto_paging_iter():
        yield _movement(row.to_dict(), payout_ref="")
    for payout in payouts(api, since=since, until=until):
        taken = api.balance_transactions.list(
            params={"payout": payout.gateway_id, "limit": PAGE, "expand": ["data.source"]}
        )
        for row in taken.auto_paging_iter():
            yield _movement(row.to_dict(), payout_ref=payout.gateway_id)


def payouts(api: stripe.V1Services, *, since: datetime, until: datetime) -> Iterator[PayoutState]:
    """What was paid out in [since, until), as it stands now."""
    found = api.payouts.list(
        params={
            "created": {"gte": int(since.timestamp()), "lt": int(until.timestamp())},
            "limit": PAGE,
        }
    )
    for row in found.auto_paging_iter():
        payout = row.to_dict()
        currency = payout["currency"].upper()
        yield PayoutState(
            gateway_id=payout["id"],
            amount_minor=iso_amount(payout["amount"], currency),
            currency=currency,
            status=STATUSES[payout["status"]],
            created_at=_instant(payout["created"]),
            arrives_on=_instant(payout["arrival_date"]).date(),
        )


def _movement(row: dict[str, Any], *, payout_ref: str) -> BalanceMovement:
    currency = row["currency"].upper()
    source = row.get("source") or {}
    named = (source.get("payment_intent"), source.get("charge")) if isinstance(source, dict) else ()
    return BalanceMovement(
        gateway_id=row["id"],
        kind=KINDS.get(row["reporting_category"], MovementKind.ADJUSTMENT),
        gross_minor=iso_amount(row["amount"], currency),
        fee_minor=iso_amount(row["fee"], currency),
        currency=currency,
        created_at=_instant(row["created"]),
        source_ref=source.get("id", "") if isinstance(source, dict) else source,
        related_refs=tuple(ref for ref in named if isinstance(ref, str)),
        payout_ref=payout_ref,
        description=row.get("description") or "",
        available_at=_instant(row["available_on"]),
    )


def _instant(second: int) -> datetime:
    return datetime.fromtimestamp(second, UTC)
