from __future__ import annotations

from apps.payments.enums import GatewayName
from apps.payments.management.commands import connect_stripe


class Command(connect_stripe.Command):
    help = "Let Razorpay (or the sandbox) send its webhooks here; run it again as often as you like."
    gateway = GatewayName.RAZORPAY
