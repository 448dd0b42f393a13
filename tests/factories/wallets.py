"""Wallets and grants, made by the services."""

from __future__ import annotations

from datetime import datetime
from itertools import count
from typing import Any

from apps.customers.models import Customer
from apps.wallets.enums import GrantKind, GrantSource
from apps.wallets.grant_terms import GrantTerms, WalletTerms
from apps.wallets.models import CreditGrant, Wallet
from apps.wallets.services.grant import grant_credit
from apps.wallets.services.open_wallet import open_wallet
from tests.factories.billing import STARTED_AT
from tests.factories.customers import make_customer

_number = count(1)


def make_wallet(
    *, customer: Customer | None = None, currency: str = "EUR", at: datetime = STARTED_AT, **terms: Any
) -> Wallet:
    return open_wallet(
        customer=customer or make_customer(), currency=currency, terms=WalletTerms(**terms), at=at
    )


def make_grant(
    amount_minor: int = 1000,
    *,
    wallet: Wallet | None = None,
    kind: GrantKind = GrantKind.PREPAID,
    source: GrantSource = GrantSource.GIVEN,
    at: datetime = STARTED_AT,
    **terms: Any,
) -> CreditGrant:
    number = next(_number)
    return grant_credit(
        wallet_id=(wallet or make_wallet()).pk,
        terms=GrantTerms(kind, amount_minor, **terms),
        source=source,
        reference=("test", f"t{number}"),
        key=f"grant-{number}",
        at=at,
    )
