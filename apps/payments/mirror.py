"""Keeps dj-stripe's copies of Stripe's objects, for staff to look at and for reports; no rule reads them.

dj-stripe copies the secret key into its own table on the first sync, in clear: its admin is not registered,
and a dump of the database is as secret as the key (docs/operations.md).
"""

from __future__ import annotations

import stripe
import structlog
from django.conf import settings
from django.db import InterfaceError, OperationalError, models, transaction
from djstripe.models import (
    Charge,
    Customer,
    Dispute,
    PaymentIntent,
    PaymentMethod,
    Refund,
    SetupIntent,
)

from apps.payments.enums import GatewayName
from apps.payments.gateways.stripe.connection import TIMEOUTS
from apps.payments.models import GatewayEvent

logger = structlog.get_logger(__name__)

# The types after which an object is copied; it brings the customer and the card that it refers to with it.
MIRRORED: dict[str, type[models.Model]] = {
    "customer.created": Customer,
    "customer.updated": Customer,
    "customer.deleted": Customer,
    "payment_method.attached": PaymentMethod,
    "payment_method.updated": PaymentMethod,
    "payment_method.automatically_updated": PaymentMethod,
    "payment_method.detached": PaymentMethod,
    "setup_intent.succeeded": SetupIntent,
    "payment_intent.succeeded": PaymentIntent,
    "payment_intent.payment_failed": PaymentIntent,
    "payment_intent.canceled": PaymentIntent,
    "charge.succeeded": Charge,
    "charge.failed": Charge,
    "charge.refunded": Charge,
    "charge.dispute.created": Dispute,
    "charge.dispute.closed": Dispute,
    "refund.created": Refund,
    "refund.updated": Refund,
    "refund.failed": Refund,
}


def mirror_event(event: GatewayEvent) -> None:
    """Copy what a message of Stripe is about, as it is now. What Stripe or dj-stripe raise is logged.

    Call outside a transaction.
    """
    model = MIRRORED.get(event.type)
    if event.gateway == GatewayName.STRIPE and model is not None:
        mirror_object(model=model, object_id=event.object_id)


def mirror_object(*, model: type[models.Model], object_id: str) -> None:
    """Copy one object of Stripe's into dj-stripe's tables; a failure is logged and goes no further."""
    # dj-stripe only knows the module-wide client: give it the same address and the same patience as ours.
    stripe.api_base = settings.STRIPE_API_BASE
    stripe.max_network_retries = 0
    if stripe.default_http_client is None:
        stripe.default_http_client = stripe.RequestsClient(timeout=TIMEOUTS)
    try:
        data = model(id=object_id).api_retrieve(api_key=settings.STRIPE_SECRET_KEY)  # type: ignore[attr-defined]
        with transaction.atomic():
            model.sync_from_stripe_data(data, api_key=settings.STRIPE_SECRET_KEY)  # type: ignore[attr-defined]
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        logger.exception("not_mirrored", model=model.__name__, object_id=object_id)
