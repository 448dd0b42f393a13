from __future__ import annotations

from datetime import datetime

from apps.customers.models import Customer
from apps.payments.enums import GatewayName
from apps.payments.gateways.registry import gateway_named
from apps.payments.gateways.terms import CustomerDetails
from apps.payments.models import GatewayCustomer


def ensure_gateway_customer(
    *, customer: Customer, at: datetime, gateway: str = GatewayName.STRIPE
) -> GatewayCustomer:
    """How the gateway knows this customer; introduces it first where it does not. Call outside a transaction.

    Two processes that introduce the same customer get the same id: the gateway is given a key made of ours.

    Raises:
        GatewayUnreachable: the gateway did not answer (503).
    """
    known = GatewayCustomer.objects.filter(customer=customer, gateway=gateway).first()
    if known is not None:
        return known
    details = CustomerDetails(reference=customer.public_id, name=customer.name, email=customer.email)
    gateway_id = gateway_named(gateway).create_customer(details)
    known, _ = GatewayCustomer.objects.get_or_create(
        customer=customer, gateway=gateway, defaults={"gateway_id": gateway_id, "created_at": at}
    )
    return known
