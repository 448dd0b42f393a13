from __future__ import annotations

from apps.core.errors import DomainError


class MeterNotFound(DomainError):
    """No meter with that code or id."""

    code = "meter_not_found"
    status = 404
    title = "Meter not found"


class TooManyGroups(DomainError):
    """The asked grouping has more groups than an answer holds: filter, or group by less."""

    code = "too_many_groups"
    status = 422
    title = "Too many groups"


class NotWeightedByDays(DomainError):
    """The meter's aggregation has no units that stand from day to day."""

    code = "not_weighted_by_days"
    status = 422
    title = "Not weighted by days"


class NoEventAmounts(DomainError):
    """The meter's events carry no amounts that a price could read one by one."""

    code = "no_event_amounts"
    status = 422
    title = "No event amounts"


class EventNotFound(DomainError):
    """No event with this source and id (and timestamp, where the brand's identity has it)."""

    code = "event_not_found"
    status = 404
    title = "Event not found"


class EventIdentityFixed(DomainError):
    """By what events are told apart is settled by a brand's first event, for ever."""

    code = "event_identity_fixed"
    status = 409
    title = "The event identity is fixed"


class BackfillTooLarge(DomainError):
    """A window holds more events than one backfill replaces: split it."""

    code = "backfill_too_large"
    status = 422
    title = "The window holds too many events"


class BodyTooLarge(DomainError):
    """A request carries at most 5 MB."""

    code = "too_large"
    status = 413
    title = "Too large"
