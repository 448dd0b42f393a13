from __future__ import annotations

from typing import Any

from apps.core.errors import DomainError


class CardRequired(DomainError):
    """The plan is charged automatically, and the customer has no payment method yet."""

    code = "card_required"
    status = 409
    title = "A payment method is needed first"


class ImportInvalid(DomainError):
    """A file of subscriptions cannot be imported as it stands; `errors` name each line and field."""

    code = "import_invalid"
    status = 422


class MigrationRefused(DomainError):
    """The subscribers of a plan cannot be moved to that version."""

    code = "migration_refused"
    status = 409


class PlanChangeRefused(DomainError):
    """The plan cannot be changed to the one asked for."""

    code = "plan_change_refused"
    status = 409


class PreviewOutdated(DomainError):
    """What a preview has shown does not hold any more; nothing was done.

    `preview` is what holds now; None where the request is not possible any more.
    """

    code = "preview_outdated"
    status = 409
    title = "The preview does not hold any more"

    def __init__(self, message: str, *, preview: Any = None) -> None:
        super().__init__(message)
        self.preview = preview


class NotRateable(DomainError):
    """A price that belongs to the bill cannot be computed at the moment; nothing was done."""

    code = "not_rateable"
    status = 503
    title = "The amount is not available at the moment"


class QuoteOutdated(DomainError):
    """What a quote has offered does not hold any more; nothing was done.

    `preview` is what accepting it comes to now; None where that is not possible any more.
    """

    code = "quote_outdated"
    status = 409
    title = "The quote does not hold any more"

    def __init__(self, message: str, *, preview: Any = None) -> None:
        super().__init__(message)
        self.preview = preview


class DunningPolicyRefused(DomainError):
    """A timeline of collecting cannot be, or names what is not there."""

    code = "dunning_policy_refused"
    status = 422


class CollectionNotFound(DomainError):
    """No machine collects this invoice."""

    code = "collection_not_found"
    status = 404


class DunningPolicyNotFound(DomainError):
    """No such policy in this brand."""

    code = "dunning_policy_not_found"
    status = 404
