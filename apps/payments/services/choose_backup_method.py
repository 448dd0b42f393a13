from __future__ import annotations

from datetime import datetime

from django.db import transaction

from apps.audit.services.record import record_event
from apps.payments.errors import PaymentMethodInUse
from apps.payments.models import GatewayCustomer, PaymentMethod
from apps.payments.services.make_default import card_data


@transaction.atomic
def choose_backup_method(*, method: PaymentMethod, at: datetime) -> PaymentMethod:
    """Charge this active method whenever the default one is declined; choosing it again ends that.

    Raises:
        PaymentMethodInUse: it is the default itself (409).
    """
    # One lock for all of a customer's methods, whatever keeps them: the first row in a fixed order.
    GatewayCustomer.objects.select_for_update().filter(customer_id=method.customer_id).order_by("pk").first()
    method.refresh_from_db()
    if method.is_default:
        raise PaymentMethodInUse("The default payment method cannot be its own backup.")
    is_chosen = not method.is_backup
    PaymentMethod.objects.filter(customer_id=method.customer_id, is_backup=True).update(is_backup=False)
    method.is_backup = is_chosen
    method.save(update_fields=["is_backup"])
    record_event(
        name="payment_method.backup_changed",
        subject=method,
        at=at,
        data={**card_data(method), "is_backup": is_chosen},
    )
    return method
