from __future__ import annotations

from apps.core.errors import DomainError


class TaxUnanswered(DomainError):
    """What tax is due cannot be known yet; the message says why, and what to do about it.

    A draft waits for the answer. It is never taken for 0 %.
    """

    code = "tax_unanswered"
    status = 409
    title = "The tax cannot be worked out"


class RegistrationInvalid(DomainError):
    """A registration that cannot be: no such scheme there, no such region, overlapping days."""

    code = "tax_registration_invalid"
    status = 422
    title = "The tax registration is not valid"


class RateInvalid(DomainError):
    """A rate that cannot be: below 0 or above 100 percent, or over the days of another."""

    code = "tax_rate_invalid"
    status = 422
    title = "The tax rate is not valid"


class TaxIdUncheckable(DomainError):
    """The customer has no tax id."""

    code = "tax_id_uncheckable"
    status = 409
    title = "There is nothing to check"


class RegisterUnavailable(Exception):
    """A register of tax ids did not answer, or not about this id: it says nothing about the id."""
