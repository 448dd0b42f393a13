from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from apps.payments.account_selectors import (
    GRACE,
    AccountTotals,
    account_totals,
    last_run,
    missing_payments,
    missing_refunds,
    unmatched_movements,
)
from apps.payments.models import GatewayMovement, Payment, ReconciliationRun, Refund
from apps.payments.services.match_movements import match_movements
from apps.payments.services.pull_movements import pull_movements
from apps.payments.services.refresh_disputes import refresh_disputes

# Payouts of the last weeks are looked at again: a payout tells what it took only once it was made.
OVERLAP = timedelta(days=14)
BEFORE_FIRST = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """What a comparison found. It is clean when every movement is known and nothing is missing."""

    gateway: str
    totals: tuple[AccountTotals, ...]
    unmatched: tuple[GatewayMovement, ...]
    missing: tuple[Payment | Refund, ...]

    @property
    def is_clean(self) -> bool:
        differs = any(total.unexplained_minor for total in self.totals)
        return not (differs or self.unmatched or self.missing)


def reconcile(*, gateway: str, at: datetime, since: datetime | None = None) -> Reconciliation:
    """Pull a gateway's movements up to `at` (real time), match them, and compare its account with the books.

    Starts at `since`, else some days before the last run, else a day before the first payment. Repeating it
    changes nothing. Calls the gateway, so never inside a transaction.

    Raises:
        GatewayUnreachable: the gateway did not answer (503).
    """
    start = since or _start(gateway, at)
    # Gateways count in whole seconds: what was moved in this one belongs to it.
    pull_movements(gateway=gateway, since=start, until=at + timedelta(seconds=1))
    refresh_disputes(gateway=gateway)
    match_movements(gateway=gateway, at=at)
    late = at - GRACE
    found = Reconciliation(
        gateway,
        tuple(account_totals(gateway, at=at)),
        tuple(unmatched_movements(gateway)),
        (
            *missing_payments(gateway).filter(sent_at__lte=late),
            *missing_refunds(gateway).filter(sent_at__lte=late),
        ),
    )
    _keep_run(found, start, at)
    return found


def _start(gateway: str, at: datetime) -> datetime:
    last = last_run(gateway)
    if last is not None:
        return last.until - OVERLAP
    first = Payment.objects.filter(gateway=gateway).order_by("sent_at").first()
    return (first.sent_at if first else at) - BEFORE_FIRST


def _keep_run(found: Reconciliation, since: datetime, at: datetime) -> None:
    ReconciliationRun.objects.create(
        gateway=found.gateway,
        since=since,
        until=at,
        totals={
            total.currency: {
                "gateway_minor": total.gateway_minor,
                "books_minor": total.books_minor,
                "awaited_minor": total.awaited_minor,
                "unexplained_minor": total.unexplained_minor,
            }
            for total in found.totals
        },
        unmatched=len(found.unmatched),
        missing=len(found.missing),
        is_clean=found.is_clean,
    )
