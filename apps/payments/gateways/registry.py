"""Every gateway by name: adding one is a module beside this and a line here."""

from __future__ import annotations

from functools import cache

from apps.payments.enums import GatewayName
from apps.payments.gateways.paypal.gateway import PayPalGateway
from apps.payments.gateways.protocol import Gateway
from apps.payments.gateways.razorpay.gateway import RazorpayGateway
from apps.payments.gateways.stripe.gateway import StripeGateway

GATEWAYS: dict[str, type[Gateway]] = {
    GatewayName.STRIPE: StripeGateway,
    GatewayName.PAYPAL: PayPalGateway,
    GatewayName.RAZORPAY: RazorpayGateway,
}


@cache
def gateway_named(name: str) -> Gateway:
    """The one gateway of this name in this process; its connections are kept open between calls."""
    return GATEWAYS[name]()
