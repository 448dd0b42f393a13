from __future__ import annotations

from datetime import datetime

from django.db import transaction

from apps.customers.models import Customer
from apps.wallets.enums import CREDITS, MovementKind
from apps.wallets.errors import BalanceAmountInvalid
from apps.wallets.models import BalanceMovement
from apps.wallets.services.move import Movement, lock_balance, move_balance


@transaction.atomic
def credit_balance(  # noqa: PLR0913 - the columns of a movement; a dataclass would only rename them
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
    """Add `amount_minor` (above zero, minor units of `currency`) to a customer's balance, once a `key`.

    `reference` is (type, public id) of the cause. Books customer_credit against receivable, which the cause
    has reduced by as much; a manual credit against goodwill.

    Raises:
        BalanceAmountInvalid: the amount is not above zero, or the kind is no credit (422).
        MovementKeyReused: the key stands for another movement (409).
    """
    if amount_minor <= 0 or kind not in CREDITS:
        raise BalanceAmountInvalid("A credit is above zero and of a crediting kind.", field="amount_minor")
    balance = lock_balance(customer=customer, currency=currency, create=True)
    if balance is None:  # Just made, and balances are never deleted.
        raise RuntimeError("the balance vanished")
    return move_balance(balance=balance, movement=Movement(kind, amount_minor, reference, key, at, note))
