from __future__ import annotations

from apps.core.errors import DomainError


class CustomerNotFound(DomainError):
    """No customer with that id in this brand and mode."""

    code = "customer_not_found"
    status = 404


class ExternalIdTaken(DomainError):
    """Another customer of this brand and mode has that external id."""

    code = "external_id_taken"
    status = 409


class TestClockRefused(DomainError):
    """The clock's state, or the present, does not allow the move."""

    code = "test_clock_refused"
    status = 409


class MemberRefused(DomainError):
    """The change of members is not allowed (such as removing the last owner)."""

    code = "member_refused"
    status = 409
