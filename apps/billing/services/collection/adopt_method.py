from __future__ import annotations

from datetime import datetime

from django.db import transaction

from apps.billing.services.collection.move_case import lock_customer
from apps.billing.services.collection.retry_collections import make_collections_due, retry_collections
from apps.customers.models import Customer
from apps.payments.enums import GatewayName
from apps.payments.gateways.registry import gateway_named
from apps.payments.models import PaymentMethod
from apps.payments.services.choose_default_method import choose_default_method
from apps.payments.services.finish_setup import keep_method
from apps.subscriptions.services.record_trial_use import record_trial_card


def adopt_method(
    *, customer: Customer, setup_id: str, at: datetime, gateway: str = GatewayName.STRIPE
) -> PaymentMethod:
    """Keep a method that was just saved, make it the default, and charge what is unpaid to it at once.

    The page and the gateway's message may both call this for one setup: only the first one charges. Must not
    be called inside a transaction.

    Raises:
        PaymentMethodRefused: no method was saved, or it is another customer's (402).
        GatewayUnreachable: the gateway did not answer (503).
    """
    saved = gateway_named(gateway).finish_setup(setup_id)
    with transaction.atomic(durable=True):
        lock_customer(customer_id=customer.pk)
        method, is_new = keep_method(customer=customer, gateway=gateway, saved=saved, at=at)
        record_trial_card(customer_id=customer.pk, card_fingerprint=method.fingerprint)
        case_ids = make_collections_due(customer_id=customer.pk, at=at) if is_new else []
    retry_collections(case_ids=case_ids, at=at)
    return method


def change_default_method(*, method: PaymentMethod, at: datetime) -> PaymentMethod:
    """Charge another card from now on, and what is unpaid at once. Call outside a transaction."""
    if method.is_default:
        return method
    with transaction.atomic(durable=True):
        lock_customer(customer_id=method.customer_id)
        method = choose_default_method(method=method, at=at)
        case_ids = make_collections_due(customer_id=method.customer_id, at=at)
    retry_collections(case_ids=case_ids, at=at)
    return method
