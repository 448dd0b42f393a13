from __future__ import annotations

from apps.core.errors import DomainError


class CustomerNotFound(DomainError):
    """No customer with that id in this brand and mode."""

    code = "customer_not_found"
    status = 404
    title = "Customer not found"


class CustomerInvalid(DomainError):
    """Details that cannot be true (unknown currency, zone, country); `errors` names each field."""

    code = "customer_invalid"
    status = 422
    title = "The customer's details are not valid"


class ExternalIdTaken(DomainError):
    """Another customer of this brand and mode has that external id."""

    code = "external_id_taken"
    status = 409
    title = "The external id is taken"


class TestClockNotFound(DomainError):
    """No test clock with that id in this brand."""

    code = "test_clock_not_found"
    status = 404
    title = "Test clock not found"


class TestClockRefused(DomainError):
    """The clock's state, or the present, does not allow the move."""

    code = "test_clock_refused"
    status = 409
    title = "The test clock refuses"


class MemberRefused(DomainError):
    """The change of members is not allowed (such as removing the last owner)."""

    code = "member_refused"
    status = 409
    title = "The members cannot change like this"
