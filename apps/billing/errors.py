from __future__ import annotations

from apps.core.errors import DomainError


class CardRequired(DomainError):
    """The plan is charged automatically, and the customer has no payment method yet."""

    code = "card_required"
    status = 409
    title = "A payment method is needed first"


class PlanChangeRefused(DomainError):
    """The plan cannot be changed to the one asked for."""

    code = "plan_change_refused"
    status = 409
