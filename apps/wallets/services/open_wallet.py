from __future__ import annotations

from datetime import datetime

from django.db import transaction

from apps.audit.services.record import record_event
from apps.customers.models import Customer
from apps.pricing.currencies import is_currency
from apps.wallets.errors import WalletInvalid
from apps.wallets.grant_terms import WalletTerms
from apps.wallets.models import Wallet
from apps.wallets.services.follow_top_up_rule import follow_threshold
from apps.wallets.services.set_top_up_rule import set_top_up_rule


@transaction.atomic
def open_wallet(*, customer: Customer, currency: str, terms: WalletTerms, at: datetime) -> Wallet:
    """Open an empty wallet of a customer; one with a threshold asks for its first top-up at once.

    Raises:
        WalletInvalid: the currency is unknown, or the rule cannot be followed (422).
    """
    if not is_currency(currency):
        raise WalletInvalid(f"'{currency}' is no ISO 4217 currency.", field="currency")
    terms.check()
    wallet = Wallet(
        customer=customer,
        brand_id=customer.brand_id,
        livemode=customer.livemode,
        currency=currency,
        name=terms.name,
        alert_thresholds=list(terms.alert_thresholds),
        created_at=at,
    )
    set_top_up_rule(wallet=wallet, terms=terms.top_up, at=at)
    wallet.save(force_insert=True)
    record_event(
        name="wallet.opened", subject=wallet, at=at, data={"currency": currency, "name": wallet.name}
    )
    follow_threshold(wallet=wallet, at=at)
    return wallet
