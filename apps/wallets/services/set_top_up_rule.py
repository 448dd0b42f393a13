from __future__ import annotations

from datetime import datetime

from apps.wallets.enums import TopUpRule
from apps.wallets.grant_terms import TopUpTerms
from apps.wallets.models import Wallet
from apps.wallets.top_up_times import first_time

COLUMNS = (
    "top_up_rule",
    "top_up_amount_minor",
    "top_up_threshold_minor",
    "top_up_interval",
    "top_up_interval_count",
    "top_up_anchor_at",
    "top_up_monthly_cap_minor",
    "top_up_paused_at",
    "next_top_up_at",
)


def set_top_up_rule(*, wallet: Wallet, terms: TopUpTerms, at: datetime) -> None:
    """Put checked terms into a wallet's columns; the caller saves them. A rule that rested goes on."""
    is_regular = terms.rule == TopUpRule.INTERVAL
    by_threshold = terms.rule == TopUpRule.THRESHOLD
    wallet.top_up_rule = terms.rule
    wallet.top_up_amount_minor = terms.amount_minor if terms.rule != TopUpRule.NONE else None
    wallet.top_up_threshold_minor = terms.threshold_minor if by_threshold else None
    wallet.top_up_interval = terms.interval if is_regular else ""
    wallet.top_up_interval_count = terms.interval_count if is_regular else 1
    wallet.top_up_anchor_at = (terms.starts_at or at) if is_regular else None
    wallet.top_up_monthly_cap_minor = terms.monthly_cap_minor if terms.rule != TopUpRule.NONE else None
    wallet.top_up_paused_at = None
    wallet.next_top_up_at = first_time(wallet, at=at) if is_regular else None
