from __future__ import annotations

from datetime import datetime

from apps.customers.models import Customer
from apps.payments.enums import GatewayName
from apps.payments.gateways.protocol import CardSetup
from apps.payments.gateways.registry import gateway_named
from apps.payments.services.ensure_gateway_customer import ensure_gateway_customer


def start_card_setup(*, customer: Customer, at: datetime) -> CardSetup:
    """Prepare a page on which the customer types a card into the gateway's own field.

    Call outside a transaction. `finish_card_setup` (or the gateway's message) completes it.

    Raises:
        GatewayUnreachable: the gateway did not answer (503).
    """
    known = ensure_gateway_customer(customer=customer, at=at)
    return gateway_named(GatewayName.STRIPE).start_card_setup(
        customer_ref=known.gateway_id, reference=customer.public_id
    )
