from __future__ import annotations

from apps.core.errors import DomainError


class MeterNotFound(DomainError):
    """No meter with that code or id."""

    code = "meter_not_found"
    status = 404
    title = "Meter not found"


class UsageWindowInvalid(DomainError):
    """The asked window is empty, backwards or too long."""

    code = "usage_window_invalid"
    status = 422
    title = "Invalid window"


class TooManyGroups(DomainError):
    """The asked grouping has more groups than an answer holds: filter, or group by less."""

    code = "too_many_groups"
    status = 422
    title = "Too many groups"
