from __future__ import annotations

from datetime import datetime

from django.db import transaction

from apps.customers.models import Customer
from apps.wallets.enums import DEBITS, MovementKind
from apps.wallets.errors import BalanceAmountInvalid, InsufficientBalance
from apps.wallets.models import BalanceMovement
from apps.wallets.services.move import Movement, lock_balance, move_balance


@transaction.atomic
def debit_balance(  # noqa: PLR0913 - the columns of a movement; a dataclass would only rename them
    *,
    customer: Customer,
    currency: str,
    amount_minor: int,
    kind: MovementKind,
    reference: tuple[str, str],
    key: str,
    at: datetime,
    note: str = "",
) -> BalanceMovement:
    """Take exactly `amount_minor` (above zero, minor units of `currency`) from a customer's balance, once.

    Raises:
        BalanceAmountInvalid: the amount is not above zero, or the kind is no debit (422).
        InsufficientBalance: the balance holds less (409).
        MovementKeyReused: the key stands for another movement (409).
    """
    if amount_minor <= 0 or kind not in DEBITS:
        raise BalanceAmountInvalid("A debit is above zero and of a debiting kind.", field="amount_minor")
    balance = lock_balance(customer=customer, currency=currency)
    if balance is None:
        raise InsufficientBalance("The balance holds less than that.", field="amount_minor")
    return move_balance(balance=balance, movement=Movement(kind, -amount_minor, reference, key, at, note))
