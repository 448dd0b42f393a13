from __future__ import annotations

from apps.core.errors import Conflict, DomainError, InvalidInput, NotFound


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


class WalletNotFound(NotFound):
    """No such wallet, or not one of the caller's."""

    code = "wallet_not_found"


class GrantNotFound(NotFound):
    """No such credit grant, or not one of the caller's."""

    code = "credit_grant_not_found"


class WalletInvalid(InvalidInput):
    """A wallet's rule or threshold that cannot be followed."""

    code = "wallet_invalid"


class GrantInvalid(InvalidInput):
    """Terms of a credit grant that contradict each other."""

    code = "credit_grant_invalid"


class WalletClosed(Conflict):
    """A closed wallet takes no new credit."""

    code = "wallet_closed"


class WalletNotEmpty(Conflict):
    """A wallet is closed once nothing is left in it, and no top-up is under way."""

    code = "wallet_not_empty"


class GrantUnavailable(Conflict):
    """The grant holds less than is to be taken from it, or cannot be used now."""

    code = "credit_grant_unavailable"


class GrantKeyReused(Conflict):
    """The key already stands for another grant or other spending."""

    code = "credit_grant_key_reused"


class TopUpRefused(Conflict):
    """Another top-up is under way, or this one is over."""

    code = "top_up_refused"
