from __future__ import annotations

from datetime import datetime

from django.db import transaction

from apps.audit.services.record import record_event
from apps.wallets.errors import WalletNotEmpty
from apps.wallets.grant_terms import TopUpTerms
from apps.wallets.models import Wallet
from apps.wallets.services.move_grant import lock_wallet
from apps.wallets.services.request_top_up import open_top_ups
from apps.wallets.services.set_top_up_rule import COLUMNS, set_top_up_rule


@transaction.atomic
def close_wallet(*, wallet_id: int, at: datetime) -> Wallet:
    """Close an empty wallet: it takes no credit any more, and its rule ends. A second call changes nothing.

    What a voided invoice gives back to it afterwards can still be spent.

    Raises:
        WalletNotEmpty: something is left in it, or a top-up is under way (409).
    """
    wallet = lock_wallet(wallet_id)
    if wallet.closed_at is not None:
        return wallet
    if wallet.balance_minor or open_top_ups(wallet).exists():
        raise WalletNotEmpty("Void what is left of its grants first, and let its top-up end.")
    set_top_up_rule(wallet=wallet, terms=TopUpTerms(), at=at)
    wallet.closed_at = at
    wallet.save(update_fields=["closed_at", *COLUMNS])
    record_event(name="wallet.closed", subject=wallet, at=at)
    return wallet
