from __future__ import annotations

from apps.core.errors import Conflict, DomainError


class UnbalancedTransaction(DomainError):
    """The legs do not sum to zero in each currency, or there are fewer than two of them."""

    code = "ledger_unbalanced"
    status = 500
    title = "A ledger transaction does not balance"


class UnknownAccount(DomainError):
    """The code is not in the chart of accounts."""

    code = "ledger_unknown_account"
    status = 500
    title = "No such account in the chart"


class LedgerKeyReused(Conflict):
    """The key was posted before with other legs; a correction is a new transaction with a key of its own."""

    code = "ledger_key_reused"
    title = "Ledger key posted with other content"
