from __future__ import annotations

from datetime import datetime

from apps.billing.services.retry_collections import retry_collections
from apps.customers.models import Customer
from apps.payments.models import PaymentMethod
from apps.payments.selectors import default_method
from apps.payments.services.choose_default_method import choose_default_method
from apps.payments.services.finish_card_setup import finish_card_setup


def adopt_card(*, customer: Customer, setup_id: str, at: datetime) -> PaymentMethod:
    """Keep a card that was just saved, make it the default, and charge what is unpaid to it at once.

    The page and the gateway's message may both call this for one setup: only the first one charges. Must not
    be called inside a transaction.

    Raises:
        PaymentMethodRefused: no card was saved, or it is another customer's (402).
        GatewayUnreachable: the gateway did not answer (503).
    """
    before = default_method(customer.pk)
    method = finish_card_setup(customer=customer, setup_id=setup_id, at=at)
    if method.is_default and method != before:
        retry_collections(customer_id=customer.pk, at=at)
    return method


def change_default_method(*, method: PaymentMethod, at: datetime) -> PaymentMethod:
    """Charge another card from now on, and what is unpaid at once. Call outside a transaction."""
    if method.is_default:
        return method
    method = choose_default_method(method=method, at=at)
    retry_collections(customer_id=method.customer_id, at=at)
    return method
