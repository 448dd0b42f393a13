from __future__ import annotations

from apps.core.errors import DomainError


class BalanceAmountInvalid(DomainError):
    """An amount that moves a balance is above zero; its kind says in which direction."""

    code = "balance_amount_invalid"
    status = 422


class InsufficientBalance(DomainError):
    """The balance holds less than is to be taken from it."""

    code = "insufficient_balance"
    status = 409


class MovementKeyReused(DomainError):
    """The key already stands for a movement of another balance, kind or amount."""

    code = "movement_key_reused"
    status = 409
