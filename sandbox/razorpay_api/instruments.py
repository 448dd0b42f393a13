"""Test cards and UPI addresses: what each does when it is agreed to and when it is debited.

The two plain cards, success@razorpay and failure@razorpay are Razorpay's own; the rest are the sandbox's.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Behaviour(StrEnum):
    OK = "ok"
    PENDING = "pending"
    """Every debit stays `created`, as after the notice of a real one, until the control ends it."""
    REFUSED = "refused"
    """The card is declined, or the mandate refused, when it is agreed to."""
    INSUFFICIENT_FUNDS = "insufficient_funds"
    EXPIRED = "expired"
    REVOKED = "revoked"
    ASKS = "asks"
    """The bank wants the customer to approve each debit; nobody does."""


@dataclass(frozen=True, slots=True)
class Failure:
    reason: str
    description: str


FAILURES = {
    Behaviour.INSUFFICIENT_FUNDS: Failure(
        "insufficient_funds", "The payment failed: there is not enough money on the account."
    ),
    Behaviour.EXPIRED: Failure("card_expired", "The payment failed: the card has expired."),
    Behaviour.REVOKED: Failure("mandate_cancelled", "The payment failed: the mandate was cancelled."),
    Behaviour.ASKS: Failure(
        "customer_action_required", "The payment failed: the customer did not approve the debit."
    ),
    Behaviour.REFUSED: Failure("payment_failed", "The payment was declined by the bank."),
}
CARDS = {
    "4718609108204366": ("Visa", Behaviour.OK),
    "5104015555555558": ("MasterCard", Behaviour.OK),
    "4000000000000002": ("Visa", Behaviour.REFUSED),
    "4000000000009995": ("Visa", Behaviour.INSUFFICIENT_FUNDS),
    "4000000000000069": ("Visa", Behaviour.EXPIRED),
    "4000002760003184": ("Visa", Behaviour.ASKS),
    "4000000000000077": ("Visa", Behaviour.PENDING),
}
ADDRESSES = {
    "success@razorpay": Behaviour.OK,
    "failure@razorpay": Behaviour.REFUSED,
    "pending@razorpay": Behaviour.PENDING,
    "insufficient@razorpay": Behaviour.INSUFFICIENT_FUNDS,
    "revoked@razorpay": Behaviour.REVOKED,
    "approval@razorpay": Behaviour.ASKS,
}
