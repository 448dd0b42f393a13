from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from apps.audit.services.record import record_event
from apps.wallets.enums import TopUpReason, TopUpStatus
from apps.wallets.errors import TopUpRefused, WalletClosed, WalletInvalid
from apps.wallets.grant_terms import MAX_MINOR
from apps.wallets.models import TopUpIntent, Wallet
from apps.wallets.services.move_grant import lock_wallet


@transaction.atomic
def request_top_up(*, wallet_id: int, amount_minor: int, at: datetime) -> TopUpIntent:
    """Ask for credit to be bought for a wallet, in minor units of its currency; the cap is for rules only.

    Raises:
        WalletInvalid: the amount is not above zero (422).
        WalletClosed: the wallet takes no credit (409).
        TopUpRefused: another top-up is under way (409).
    """
    if not 0 < amount_minor <= MAX_MINOR:
        raise WalletInvalid("A top-up is above zero.", field="amount_minor")
    wallet = lock_wallet(wallet_id)
    if wallet.closed_at is not None:
        raise WalletClosed("A closed wallet takes no new credit.")
    if open_top_ups(wallet).exists():
        raise TopUpRefused("A top-up of this wallet is under way.")
    return ask_top_up(wallet=wallet, reason=TopUpReason.REQUEST, amount_minor=amount_minor, at=at)


def open_top_ups(wallet: Wallet) -> QuerySet[TopUpIntent]:
    """The top-up of a wallet that is under way: none or one."""
    return TopUpIntent.objects.filter(wallet=wallet, status=TopUpStatus.OPEN)


def ask_top_up(*, wallet: Wallet, reason: TopUpReason, amount_minor: int, at: datetime) -> TopUpIntent:
    """Write down what is to be bought for a locked wallet without an open top-up, and tell it."""
    intent = TopUpIntent.objects.create(
        wallet=wallet, reason=reason, amount_minor=amount_minor, created_at=at
    )
    data = {
        "top_up": intent.public_id,
        "reason": reason.value,
        "amount_minor": amount_minor,
        "currency": wallet.currency,
    }
    record_event(name="wallet.top_up_requested", subject=wallet, at=at, data=data)
    return intent
