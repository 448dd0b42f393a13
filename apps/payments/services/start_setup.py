from __future__ import annotations

from datetime import datetime

from apps.customers.models import Customer
from apps.payments.enums import GatewayName, MethodKind
from apps.payments.gateways.registry import gateway_named
from apps.payments.gateways.terms import MethodSetup, SetupRequest
from apps.payments.services.ensure_gateway_customer import ensure_gateway_customer


def start_setup(
    *,
    customer: Customer,
    at: datetime,
    gateway: str = GatewayName.STRIPE,
    kind: MethodKind = MethodKind.CARD,
    return_url: str = "",
) -> MethodSetup:
    """Prepare a page on which the customer gives a method to the gateway: in its own field, window or page.

    Call outside a transaction. `finish_setup` (or the gateway's message) completes it.

    Raises:
        GatewayUnreachable: the gateway did not answer (503).
    """
    known = ensure_gateway_customer(customer=customer, at=at, gateway=gateway)
    request = SetupRequest(
        customer_ref=known.gateway_id,
        reference=customer.public_id,
        kind=kind,
        return_url=return_url,
        currency=customer.currency,
        email=customer.email,
    )
    return gateway_named(gateway).start_setup(request)
