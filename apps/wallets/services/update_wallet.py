from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from apps.audit.services.record import record_event
from apps.wallets.errors import WalletClosed
from apps.wallets.grant_terms import TopUpTerms, check_thresholds
from apps.wallets.models import Wallet
from apps.wallets.services.follow_top_up_rule import follow_threshold
from apps.wallets.services.move_grant import lock_wallet
from apps.wallets.services.set_top_up_rule import COLUMNS, set_top_up_rule


@transaction.atomic
def update_wallet(
    *,
    wallet_id: int,
    at: datetime,
    name: str | None = None,
    alert_thresholds: Sequence[int] | None = None,
    top_up: TopUpTerms | None = None,
) -> Wallet:
    """Change a wallet's name, alerts (minor units) or top-up rule; what is None stays.

    A rule that is set anew counts from `at`, goes on after a failure, and asks at once where the balance is
    below its threshold.

    Raises:
        WalletInvalid: the rule cannot be followed (422).
        WalletClosed: it is closed (409).
    """
    check_thresholds(tuple(alert_thresholds or ()))
    if top_up is not None:
        top_up.check()
    wallet = lock_wallet(wallet_id)
    if wallet.closed_at is not None:
        raise WalletClosed("A closed wallet does not change.")
    changed = []
    if name is not None:
        wallet.name = name
        changed.append("name")
    if alert_thresholds is not None:
        wallet.alert_thresholds = list(alert_thresholds)
        changed.append("alert_thresholds")
    if top_up is not None:
        set_top_up_rule(wallet=wallet, terms=top_up, at=at)
        changed += COLUMNS
    if changed:
        wallet.save(update_fields=changed)
        record_event(name="wallet.updated", subject=wallet, at=at, data={"changed": changed})
        follow_threshold(wallet=wallet, at=at)
    return wallet
