from __future__ import annotations

from datetime import datetime

from apps.audit.services.record import record_event
from apps.wallets.models import Wallet
from apps.wallets.services.follow_top_up_rule import follow_threshold


def watch_balance(*, wallet: Wallet, before_minor: int, at: datetime) -> None:
    """Tell which alert thresholds a locked wallet fell below since `before_minor`, and top up where due.

    An alert comes once a crossing: again only after the balance was at or above the threshold.
    """
    for threshold in sorted(set(wallet.alert_thresholds), reverse=True):
        if wallet.balance_minor < threshold <= before_minor:
            record_event(
                name="wallet.balance_low",
                subject=wallet,
                at=at,
                data={
                    "threshold_minor": threshold,
                    "balance_minor": wallet.balance_minor,
                    "currency": wallet.currency,
                },
            )
    follow_threshold(wallet=wallet, at=at)
