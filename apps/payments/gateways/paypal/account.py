"""What moved the PayPal account: its transaction search, in windows that PayPal accepts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from apps.payments.enums import MovementKind, PayoutStatus
from apps.payments.gateways.paypal.amounts import minor_of
from apps.payments.gateways.paypal.connection import Connection
from apps.payments.gateways.paypal.methods import reachable
from apps.payments.gateways.terms import BalanceMovement, PayoutState

# PayPal searches at most 31 days at once.
LONGEST_WINDOW = timedelta(days=30)
PAGE_SIZE = 500
# PayPal's clock and ours may differ a little when an attempt is looked up by its age.
CLOCK_SKEW = timedelta(minutes=10)
# Done, or done and wholly given back since; pending and denied ones move no money.
MOVED = {"S", "V"}
# By the beginning of the event code (developer.paypal.com/docs/transaction-search/transaction-event-codes),
# the longest first.
KINDS = {
    "T0106": MovementKind.FEE,
    "T1106": MovementKind.DISPUTE,
    "T1107": MovementKind.REFUND,
    "T1108": MovementKind.FEE,
    "T1201": MovementKind.DISPUTE,
    "T1202": MovementKind.DISPUTE_REVERSAL,
    "T1207": MovementKind.DISPUTE_REVERSAL,
    "T00": MovementKind.CHARGE,
    "T01": MovementKind.FEE,
    "T04": MovementKind.PAYOUT,
}
CHARGE_CODES = {"T00"}


class PayPalAccount:
    _api: Connection

    def movements(self, *, since: datetime, until: datetime) -> Iterator[BalanceMovement]:
        """From the transaction search, which lags up to three hours behind."""
        with reachable():
            for row in transactions(self._api, since=since, until=until):
                if row.get("transaction_status") in MOVED:
                    yield _movement(row)

    def payouts(self, *, since: datetime, until: datetime) -> Iterator[PayoutState]:
        """Withdrawals to the bank: PayPal pays out what it is told to, and names no charges with it."""
        for movement in self.movements(since=since, until=until):
            if movement.kind == MovementKind.PAYOUT:
                yield PayoutState(
                    gateway_id=movement.gateway_id,
                    amount_minor=-movement.gross_minor,
                    currency=movement.currency,
                    status=PayoutStatus.PAID,
                    created_at=movement.created_at,
                )


def transactions(api: Connection, *, since: datetime, until: datetime) -> Iterator[dict[str, Any]]:
    """Every `transaction_info` that began in [since, until), windows and pages put together.

    Raises:
        Refused, NoAnswer: PayPal does not tell.
    """
    start = since
    while start < until:
        end = min(start + LONGEST_WINDOW, until)
        for row in _pages(api, start, end):
            # PayPal's bounds are both inclusive, and count whole seconds.
            if start <= datetime.fromisoformat(row["transaction_initiation_date"]) < end:
                yield row
        start = end


def _pages(api: Connection, start: datetime, end: datetime) -> Iterator[dict[str, Any]]:
    page, last = 1, 1
    while page <= last:
        wanted = {
            "start_date": start.isoformat(timespec="seconds"),
            "end_date": (end + timedelta(seconds=1)).isoformat(timespec="seconds"),
            "fields": "transaction_info",
            "page_size": PAGE_SIZE,
            "page": page,
        }
        answer = api.call(api.sdk.transaction_search.search_transactions, wanted)
        yield from (detail["transaction_info"] for detail in answer.get("transaction_details") or [])
        page, last = page + 1, int(answer.get("total_pages") or 1)


def _movement(row: dict[str, Any]) -> BalanceMovement:
    """PayPal writes a fee as negative money."""
    money, fee = row["transaction_amount"], row.get("fee_amount")
    reference = str(row.get("paypal_reference_id") or "")
    return BalanceMovement(
        gateway_id=row["transaction_id"],
        kind=_kind(row["transaction_event_code"]),
        gross_minor=minor_of(money),
        fee_minor=-minor_of(fee) if fee else 0,
        currency=money["currency_code"],
        created_at=datetime.fromisoformat(row["transaction_initiation_date"]),
        source_ref=row["transaction_id"],
        related_refs=(reference,) if reference else (),
        description=row["transaction_event_code"],
    )


def _kind(code: str) -> MovementKind:
    return next((kind for start, kind in KINDS.items() if code.startswith(start)), MovementKind.ADJUSTMENT)
