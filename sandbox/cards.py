"""The test cards: what each number does when it is saved and when it is charged.

Source of the numbers and their outcomes: https://docs.stripe.com/testing.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Behaviour(StrEnum):
    """What a card does. The plain declines also refuse to be saved; the control interface sets any."""

    OK = "ok"
    GENERIC_DECLINE = "generic_decline"
    INSUFFICIENT_FUNDS = "insufficient_funds"
    LOST_CARD = "lost_card"
    STOLEN_CARD = "stolen_card"
    EXPIRED_CARD = "expired_card"
    INCORRECT_CVC = "incorrect_cvc"
    PROCESSING_ERROR = "processing_error"
    CHARGE_DECLINES = "charge_declines"
    """Is saved without complaint, then declines every charge."""
    AUTHENTICATE_UNLESS_SET_UP = "authenticate_unless_set_up"
    """Asks for 3-D Secure to be saved and on-session; once set up, off-session charges pass."""
    AUTHENTICATE_ALWAYS = "authenticate_always"
    ALREADY_SET_UP = "already_set_up"
    """Off-session charges pass at once, on-session charges ask for 3-D Secure."""
    AUTHENTICATE_THEN_DECLINE = "authenticate_then_decline"
    REFUND_WAITS = "refund_waits"
    """Is charged like any; a refund of it is pending until the control interface settles it."""
    REFUND_FAILS = "refund_fails"
    """Is charged like any; a refund of it succeeds, and fails when the control interface settles it."""
    DISPUTED = "disputed"
    """Succeeds, and is disputed as fraud right afterwards."""
    NOT_RECEIVED = "not_received"
    INQUIRED = "inquired"
    """Succeeds, and its bank asks about it without taking money."""


@dataclass(frozen=True, slots=True)
class Decline:
    code: str
    decline_code: str
    message: str
    param: str | None = None
    network_code: str = "05"


DECLINES = {
    Behaviour.GENERIC_DECLINE: Decline("card_declined", "generic_decline", "Your card was declined."),
    Behaviour.CHARGE_DECLINES: Decline("card_declined", "generic_decline", "Your card was declined."),
    Behaviour.INSUFFICIENT_FUNDS: Decline(
        "card_declined", "insufficient_funds", "Your card has insufficient funds.", network_code="51"
    ),
    Behaviour.LOST_CARD: Decline("card_declined", "lost_card", "Your card was declined.", network_code="41"),
    Behaviour.STOLEN_CARD: Decline(
        "card_declined", "stolen_card", "Your card was declined.", network_code="43"
    ),
    Behaviour.EXPIRED_CARD: Decline(
        "expired_card", "expired_card", "Your card has expired.", "exp_month", "54"
    ),
    Behaviour.INCORRECT_CVC: Decline(
        "incorrect_cvc", "incorrect_cvc", "Your card's security code is incorrect.", "cvc", "N7"
    ),
    Behaviour.PROCESSING_ERROR: Decline(
        "processing_error",
        "processing_error",
        "An error occurred while processing your card. Try again in a little bit.",
        network_code="96",
    ),
}
AUTHENTICATION_REQUIRED = Decline(
    "authentication_required",
    "authentication_required",
    "Your card was declined. This transaction requires authentication.",
    network_code="1A",
)
TEST_MODE_LIVE_CARD = Decline(
    "card_declined",
    "test_mode_live_card",
    "Your card was declined. Your request was in test mode, but used a non test card. "
    "For a list of valid test cards, visit: https://stripe.com/docs/testing.",
)
INCORRECT_NUMBER = Decline("incorrect_number", "incorrect_number", "Your card number is incorrect.", "number")
# The bank's reason; an inquiry has one too.
DISPUTES = {
    Behaviour.DISPUTED: "fraudulent",
    Behaviour.NOT_RECEIVED: "product_not_received",
    Behaviour.INQUIRED: "fraudulent",
}
_SAVED_ANYWAY = {Behaviour.CHARGE_DECLINES}
_CHARGED = {Behaviour.OK, Behaviour.REFUND_WAITS, Behaviour.REFUND_FAILS}
_ASK_ON_SETUP = {
    Behaviour.AUTHENTICATE_UNLESS_SET_UP,
    Behaviour.AUTHENTICATE_ALWAYS,
    Behaviour.AUTHENTICATE_THEN_DECLINE,
}


@dataclass(frozen=True, slots=True)
class TestCard:
    """A number of the published list. `instant` money is available at once instead of two days later."""

    behaviour: Behaviour = Behaviour.OK
    brand: str = "visa"
    funding: str = "credit"
    country: str = "US"
    instant: bool = False


CARDS = {
    "4242424242424242": TestCard(),
    "4000056655665556": TestCard(funding="debit"),
    "5555555555554444": TestCard(brand="mastercard"),
    "5200828282828210": TestCard(brand="mastercard", funding="debit"),
    "378282246310005": TestCard(brand="amex"),
    "6011111111111117": TestCard(brand="discover"),
    "4000002760000016": TestCard(country="DE"),
    "4000003560000008": TestCard(country="IN"),
    "4000000000000077": TestCard(instant=True),
    "4000000000000002": TestCard(Behaviour.GENERIC_DECLINE),
    "4000000000009995": TestCard(Behaviour.INSUFFICIENT_FUNDS),
    "4000000000009987": TestCard(Behaviour.LOST_CARD),
    "4000000000009979": TestCard(Behaviour.STOLEN_CARD),
    "4000000000000069": TestCard(Behaviour.EXPIRED_CARD),
    "4000000000000127": TestCard(Behaviour.INCORRECT_CVC),
    "4000000000000119": TestCard(Behaviour.PROCESSING_ERROR),
    "4000000000000341": TestCard(Behaviour.CHARGE_DECLINES),
    "4000000000007726": TestCard(Behaviour.REFUND_WAITS),
    "4000000000005126": TestCard(Behaviour.REFUND_FAILS),
    "4000002500003155": TestCard(Behaviour.AUTHENTICATE_UNLESS_SET_UP, country="IE"),
    "4000000000003220": TestCard(Behaviour.AUTHENTICATE_UNLESS_SET_UP),
    "4000002760003184": TestCard(Behaviour.AUTHENTICATE_ALWAYS, country="DE"),
    "4000003800000446": TestCard(Behaviour.ALREADY_SET_UP, country="GR"),
    "4000008260003178": TestCard(Behaviour.AUTHENTICATE_THEN_DECLINE, country="GB"),
    "4000000000000259": TestCard(Behaviour.DISPUTED),
    "4000000000002685": TestCard(Behaviour.NOT_RECEIVED),
    "4000000000001976": TestCard(Behaviour.INQUIRED),
}
TOKENS = {
    "pm_card_visa": "4242424242424242",
    "pm_card_visa_debit": "4000056655665556",
    "pm_card_mastercard": "5555555555554444",
    "pm_card_mastercard_debit": "5200828282828210",
    "pm_card_amex": "378282246310005",
    "pm_card_discover": "6011111111111117",
    "pm_card_de": "4000002760000016",
    "pm_card_in": "4000003560000008",
    "pm_card_bypassPending": "4000000000000077",
    "pm_card_chargeDeclined": "4000000000000002",
    "pm_card_visa_chargeDeclined": "4000000000000002",
    "pm_card_visa_chargeDeclinedInsufficientFunds": "4000000000009995",
    "pm_card_chargeDeclinedInsufficientFunds": "4000000000009995",
    "pm_card_visa_chargeDeclinedLostCard": "4000000000009987",
    "pm_card_visa_chargeDeclinedStolenCard": "4000000000009979",
    "pm_card_chargeDeclinedExpiredCard": "4000000000000069",
    "pm_card_chargeDeclinedIncorrectCvc": "4000000000000127",
    "pm_card_chargeDeclinedProcessingError": "4000000000000119",
    "pm_card_chargeCustomerFail": "4000000000000341",
    "pm_card_pendingRefund": "4000000000007726",
    "pm_card_refundFail": "4000000000005126",
    "pm_card_createDispute": "4000000000000259",
    "pm_card_createDisputeProductNotReceived": "4000000000002685",
    "pm_card_createDisputeInquiry": "4000000000001976",
    "pm_card_authenticationRequiredOnSetup": "4000002500003155",
    "pm_card_threeDSecure2Required": "4000000000003220",
    "pm_card_authenticationRequired": "4000002760003184",
    "pm_card_authenticationRequiredSetupForOffSession": "4000003800000446",
    "pm_card_authenticationRequiredChargeDeclinedInsufficientFunds": "4000008260003178",
}


def is_luhn_valid(number: str) -> bool:
    digits = [int(c) for c in reversed(number)]
    doubled = (d * 2 - 9 if d > 4 else d * 2 for d in digits[1::2])
    return (sum(digits[::2]) + sum(doubled)) % 10 == 0


def read_number(number: str) -> TestCard | Decline:
    """The test card of a number; a wrong number and a card that may be somebody's are refused."""
    if not (12 <= len(number) <= 19 and number.isascii() and number.isdigit() and is_luhn_valid(number)):
        return INCORRECT_NUMBER
    return CARDS.get(number, TEST_MODE_LIVE_CARD)


def refusal_to_save(behaviour: Behaviour) -> Decline | None:
    return None if behaviour in _SAVED_ANYWAY else DECLINES.get(behaviour)


def asks_on_setup(behaviour: Behaviour) -> bool:
    return behaviour in _ASK_ON_SETUP


def charge_outcome(
    behaviour: Behaviour, *, off_session: bool, set_up: bool, authenticated: bool
) -> Decline | bool:
    """What a charge meets: a `Decline`, True for success, False when the customer must authenticate first."""
    if behaviour in DECLINES:
        return DECLINES[behaviour]
    if behaviour in _CHARGED or behaviour in DISPUTES:
        return True
    if authenticated:
        after = behaviour is Behaviour.AUTHENTICATE_THEN_DECLINE
        return DECLINES[Behaviour.INSUFFICIENT_FUNDS] if after else True
    exempt = {
        Behaviour.ALREADY_SET_UP: True,
        Behaviour.AUTHENTICATE_UNLESS_SET_UP: set_up,
    }.get(behaviour, False)
    if off_session:
        return True if exempt else AUTHENTICATION_REQUIRED
    return False
