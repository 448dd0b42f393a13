from __future__ import annotations

from typing import Any

import pytest

from apps.payments.enums import GatewayName, MethodKind
from apps.payments.gateways.razorpay.gateway import RazorpayGateway
from apps.payments.gateways.stripe.gateway import StripeGateway
from apps.payments.routing import Offer, is_configured, offers, offers_for

STRIPE_CARD = Offer(GatewayName.STRIPE, MethodKind.CARD)
INDIAN_CARD = Offer(GatewayName.RAZORPAY, MethodKind.CARD)
UPI = Offer(GatewayName.RAZORPAY, MethodKind.UPI)
ROUTES = {"INR": ("razorpay", "stripe"), "CH": ("stripe",), "*": ("stripe", "razorpay")}


@pytest.mark.parametrize(
    ("currency", "country", "expected"),
    [
        ("INR", "IN", [INDIAN_CARD, UPI]),
        # The country's route counts before the currency's.
        ("INR", "CH", [STRIPE_CARD]),
        ("EUR", "IN", [STRIPE_CARD]),
        ("EUR", "", [STRIPE_CARD]),
    ],
)
def test_each_kind_is_offered_once_by_the_first_that_takes_it(
    currency: str, country: str, expected: list[Offer]
) -> None:
    gateways = {"stripe": StripeGateway(), "razorpay": RazorpayGateway()}

    assert offers(currency=currency, country=country, routes=ROUTES, gateways=gateways) == expected


def test_gateway_that_is_not_configured_is_left_out() -> None:
    stripe = {"stripe": StripeGateway()}

    assert offers(currency="INR", country="IN", routes=ROUTES, gateways=stripe) == [STRIPE_CARD]
    assert offers(currency="INR", country="IN", routes={"USD": ("stripe",)}, gateways=stripe) == []


def test_settings_decide(settings: Any) -> None:
    settings.PAYMENT_ROUTES = {"*": ("razorpay", "stripe")}
    settings.RAZORPAY_KEY_ID = ""
    assert not is_configured("razorpay")
    assert offers_for(currency="INR", country="IN") == [STRIPE_CARD]

    settings.RAZORPAY_KEY_ID = "rzp_test_aaaaaaaaaaaaaa"
    assert is_configured("razorpay")
    assert offers_for(currency="INR", country="IN") == [INDIAN_CARD, UPI]
