"""Razorpay as the platform sees it: everything that the protocol asks, from the modules beside this."""

from __future__ import annotations

from apps.payments.enums import GatewayName
from apps.payments.gateways.razorpay.account import Account
from apps.payments.gateways.razorpay.charges import Charges
from apps.payments.gateways.razorpay.messages import Messages
from apps.payments.gateways.razorpay.methods import Methods
from apps.payments.gateways.razorpay.returns import Returns


class RazorpayGateway(Methods, Charges, Returns, Account, Messages):
    """Indian cards and UPI mandates, charged in rupees a day or more after they are asked."""

    name = GatewayName.RAZORPAY.value
