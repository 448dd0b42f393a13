from __future__ import annotations

from datetime import datetime

from apps.billing.services.collection.collect import collect_invoice
from apps.payments.enums import DeclineKind, MethodKind, PaymentStatus
from apps.payments.errors import NetworkCapReached, NothingDue, PaymentInProgress, PaymentMethodMissing
from apps.payments.gateways.registry import gateway_named
from apps.payments.models import Payment
from apps.payments.selectors import backup_method

DECLINES = (DeclineKind.SOFT, DeclineKind.HARD)


def charge_backup(*, declined: Payment, at: datetime) -> Payment | None:
    """Charge the customer's backup method right after the default one was declined, if there is one.

    It is an attempt of its own, with its own key, made only when the first has come to its end. A bank that
    asks for the customer is no decline: nobody else is charged for it. Must not be called inside a
    transaction; `at` is the customer's time.
    """
    if declined.status != PaymentStatus.FAILED or declined.decline_kind not in DECLINES:
        return None
    backup = backup_method(declined.customer_id)
    if backup is None or backup.pk == declined.payment_method_id:
        return None
    if not gateway_named(backup.gateway).takes(currency=declined.currency, kind=MethodKind(backup.kind)):
        return None
    try:
        return collect_invoice(invoice_id=declined.invoice_id, at=at, method=backup)
    except (NetworkCapReached, NothingDue, PaymentInProgress, PaymentMethodMissing):
        # Declined too often already; or paid, removed or tried by somebody else meanwhile.
        return None
