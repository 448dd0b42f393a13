from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from apps.customers.models import Customer
from apps.subscriptions.billed_line import BilledLine
from apps.wallets.burn_order import share_out
from apps.wallets.models import CreditGrant
from apps.wallets.open_grants import open_prepaid
from apps.wallets.services.spend_promotional import hold_wallets, spent_under, take
from apps.wallets.services.watch_balance import watch_balance


@transaction.atomic
def spend_prepaid(
    *,
    customer: Customer,
    currency: str,
    at: datetime,
    up_to_minor: int,
    amounts: Sequence[tuple[BilledLine, int]],
    reference: tuple[str, str],
    key: str,
) -> int:
    """Pay an invoice from prepaid grants as far as they go, at most `up_to_minor`; says how much.

    Minor units of `currency`. `amounts` is what each line comes to with tax: a grant with a scope pays only
    the lines that it covers. Grants burn in order. The wallets are locked first, so two invoices never spend
    the same credit; the same `key` again spends nothing and says what was spent. Books customer_credit
    against receivable. One query where there is no wallet.
    """
    if up_to_minor <= 0:
        return 0
    held = hold_wallets(customer_id=customer.pk, currency=currency, at=at)
    wallets = {wallet.pk: wallet for wallet in held}
    if not wallets:
        return 0
    known = spent_under(key)
    if known:
        return sum(known.values())
    grants = open_prepaid(customer_id=customer.pk, currency=currency, at=at)
    spends = share_out(grants, amounts, up_to_minor)
    rows = CreditGrant.objects.in_bulk([grant_id for grant_id, _ in spends])
    before = {wallet.pk: wallet.balance_minor for wallet in wallets.values()}
    for grant_id, taken in spends:
        take(wallets[rows[grant_id].wallet_id], rows[grant_id], taken, reference, key, at)
    for wallet_id in {row.wallet_id for row in rows.values()}:
        watch_balance(wallet=wallets[wallet_id], before_minor=before[wallet_id], at=at)
    return sum(taken for _, taken in spends)
