from __future__ import annotations

from apps.core.errors import DomainError


class SubscriptionNotFound(DomainError):
    """No such subscription in this brand and mode."""

    code = "subscription_not_found"
    status = 404


class SubscriptionRefused(DomainError):
    """The subscription's state does not allow the move."""

    code = "subscription_refused"
    status = 409


class ChangeNotPending(DomainError):
    """There is nothing scheduled that could be taken back."""

    code = "change_not_pending"
    status = 409


class AdoptionRefused(DomainError):
    """A contract that runs elsewhere cannot be taken over as it is told."""

    code = "adoption_refused"
    status = 422
