from __future__ import annotations

from datetime import datetime

from django.db import transaction

from apps.audit.services.record import record_event
from apps.core.idempotency import keep_object
from apps.customers.models import Customer
from apps.payments.enums import GatewayName, PaymentMethodStatus
from apps.payments.errors import PaymentMethodRefused
from apps.payments.gateways.registry import gateway_named
from apps.payments.gateways.terms import SavedMethod
from apps.payments.models import GatewayCustomer, PaymentMethod
from apps.payments.services.make_default import card_data, make_default
from apps.taxes.enums import EvidenceKind
from apps.taxes.services.record_location import record_location


def finish_setup(
    *, customer: Customer, setup_id: str, at: datetime, gateway: str = GatewayName.STRIPE
) -> PaymentMethod:
    """Keep the method that a setup has saved, and make it the default. Call outside a transaction.

    The page and the gateway's message may both finish one setup: the second call changes nothing.

    Raises:
        PaymentMethodRefused: no method was saved, or it is another customer's (402).
        GatewayUnreachable: the gateway did not answer (503).
    """
    saved = gateway_named(gateway).finish_setup(setup_id)
    method, _ = keep_method(customer=customer, gateway=gateway, saved=saved, at=at)
    return method


@transaction.atomic
def keep_method(
    *, customer: Customer, gateway: str, saved: SavedMethod, at: datetime
) -> tuple[PaymentMethod, bool]:
    """The row of a method that the gateway has saved, and whether it is new; a new one becomes the default.

    The country of its issuer is kept as evidence of where the customer is (Regulation 282/2011, article 24f).

    Raises:
        PaymentMethodRefused: it is another customer's, or was removed (402).
    """
    # The lock orders everything that changes which method is the default.
    known = GatewayCustomer.objects.select_for_update().filter(customer=customer, gateway=gateway).first()
    if known is None or known.gateway_id != saved.customer_ref:
        raise PaymentMethodRefused("The payment method was saved for another customer.")
    method, is_new = PaymentMethod.objects.get_or_create(
        gateway=gateway,
        gateway_id=saved.gateway_id,
        defaults={
            "brand_id": customer.brand_id,
            "livemode": customer.livemode,
            "customer": customer,
            "kind": saved.kind,
            "label": saved.label,
            "card_brand": saved.card_brand,
            "last4": saved.last4,
            "exp_month": saved.exp_month,
            "exp_year": saved.exp_year,
            "fingerprint": saved.fingerprint,
            "created_at": at,
        },
    )
    if is_new:
        record_event(name="payment_method.added", subject=method, at=at, data=card_data(method))
        make_default(method=method, at=at)
    elif method.status != PaymentMethodStatus.ACTIVE:
        raise PaymentMethodRefused("The payment method was removed.")
    record_location(customer=customer, kind=EvidenceKind.PAYMENT_METHOD, country=saved.country, at=at)
    keep_object(object_type="payment_method", object_id=method.public_id)
    return method, is_new
