from __future__ import annotations

from datetime import datetime

from django.db import transaction

from apps.core.idempotency import keep_object
from apps.payments.models import GatewayCustomer, PaymentMethod
from apps.payments.services.make_default import make_default


@transaction.atomic
def choose_default_method(*, method: PaymentMethod, at: datetime) -> PaymentMethod:
    """Charge this active method from now on; choosing the default again changes nothing."""
    GatewayCustomer.objects.select_for_update().get(customer_id=method.customer_id, gateway=method.gateway)
    method.refresh_from_db()
    make_default(method=method, at=at)
    keep_object(object_type="payment_method", object_id=method.public_id)
    return method
