from __future__ import annotations

from datetime import datetime

from django.db import transaction

from apps.customers.models import Customer
from apps.wallets.enums import MovementKind
from apps.wallets.models import BalanceMovement
from apps.wallets.services.move import Movement, lock_balance, move_balance


@transaction.atomic
def spend_balance(
    *,
    customer: Customer,
    currency: str,
    up_to_minor: int,
    reference: tuple[str, str],
    key: str,
    at: datetime,
) -> int:
    """Apply as much of a customer's balance to an invoice as there is, at most `up_to_minor`; says how much.

    Minor units of `currency`. The balance is locked first, so two invoices never spend the same money; the
    same `key` again spends nothing and says what was spent. Books customer_credit against receivable.
    """
    if up_to_minor <= 0:
        return 0
    balance = lock_balance(customer=customer, currency=currency)
    if balance is None:
        return 0
    known = BalanceMovement.objects.filter(key=key).first()
    if known is not None:
        return -known.amount_minor
    taken = min(balance.balance_minor, up_to_minor)
    if taken <= 0:
        return 0
    move_balance(
        balance=balance,
        movement=Movement(MovementKind.APPLIED_TO_INVOICE, -taken, reference, key, at),
    )
    return taken
