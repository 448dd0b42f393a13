from __future__ import annotations

from datetime import datetime

from apps.core.public_ids import new_public_id
from apps.customers.models import Customer
from apps.pricing.currencies import is_currency
from apps.wallets.enums import MovementKind
from apps.wallets.errors import BalanceAmountInvalid
from apps.wallets.models import BalanceMovement
from apps.wallets.services.credit import credit_balance
from apps.wallets.services.debit import debit_balance


def adjust_balance(
    *, customer: Customer, currency: str, amount_minor: int, note: str, at: datetime, key: str = ""
) -> BalanceMovement:
    """Give to a customer's balance by hand, or take from it where `amount_minor` is negative.

    Minor units of `currency`. Each call is a movement of its own; with the key of an earlier one it is that
    one. Booked against goodwill, since no document stands behind it.

    Raises:
        BalanceAmountInvalid: the amount is 0, or the currency is unknown (422).
        MovementKeyReused: the key stands for another movement (409).
        InsufficientBalance: more is to be taken than there is (409).
    """
    if not is_currency(currency):
        raise BalanceAmountInvalid(f"'{currency}' is no ISO 4217 currency.", field="currency")
    move, kind = (
        (credit_balance, MovementKind.MANUAL_CREDIT)
        if amount_minor > 0
        else (debit_balance, MovementKind.MANUAL_DEBIT)
    )
    return move(
        customer=customer,
        currency=currency,
        amount_minor=abs(amount_minor),
        kind=kind,
        reference=("customer", customer.public_id),
        key=f"manual:{key or new_public_id('bm')}",
        at=at,
        note=note,
    )
