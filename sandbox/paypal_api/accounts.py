"""The buyers' accounts: what one does is told by the name in its e-mail address (`declined@…`)."""

from __future__ import annotations

from enum import StrEnum

from sandbox.paypal_api.errors import PayPalError, unprocessable


class Behaviour(StrEnum):
    OK = "ok"
    DECLINED = "declined"
    INSUFFICIENT = "insufficient"
    CLOSED = "closed"
    RESTRICTED = "restricted"
    ACTION = "action"
    """PayPal wants the buyer to confirm each payment."""
    PENDING = "pending"
    """An e-cheque: days until the control interface completes or denies it."""
    DENIED = "denied"
    """The order is made, and its capture declined."""
    REFUNDPENDING = "refundpending"
    REFUNDFAILS = "refundfails"
    DISPUTED = "disputed"
    """Each payment is disputed at once."""


_ISSUES = {
    Behaviour.DECLINED: (
        "INSTRUMENT_DECLINED",
        "The instrument presented was either declined by the processor or bank.",
    ),
    Behaviour.INSUFFICIENT: ("TRANSACTION_REFUSED", "The request was refused."),
    Behaviour.CLOSED: ("PAYER_ACCOUNT_LOCKED_OR_CLOSED", "The payer's account is locked or closed."),
    Behaviour.RESTRICTED: ("PAYER_ACCOUNT_RESTRICTED", "The payer's account is restricted."),
}


def behaviour_of(email: str) -> Behaviour:
    """`pending+7@example.com` is pending; a name that says nothing pays."""
    name = email.partition("@")[0].partition("+")[0].lower()
    return next((behaviour for behaviour in Behaviour if behaviour == name), Behaviour.OK)


def refusal(behaviour: Behaviour) -> PayPalError | None:
    issue = _ISSUES.get(behaviour)
    return unprocessable(*issue) if issue else None
