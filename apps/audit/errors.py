from __future__ import annotations

from apps.core.errors import DomainError


class ChainBroken(DomainError):
    """The audit chain does not match the rows: something was changed behind the triggers."""

    code = "audit_chain_broken"
    status = 500
    title = "The audit chain is broken"
