"""Money and credit that customers hold: balances of credit notes, wallets of grants, and their movements."""

from __future__ import annotations

from apps.wallets.models.balance import BalanceMovement, CustomerBalance
from apps.wallets.models.grant import CreditGrant, GrantMovement
from apps.wallets.models.wallet import TopUpIntent, Wallet

__all__ = [
    "BalanceMovement",
    "CreditGrant",
    "CustomerBalance",
    "GrantMovement",
    "TopUpIntent",
    "Wallet",
]
