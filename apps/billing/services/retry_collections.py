from __future__ import annotations

from datetime import datetime

from apps.billing.enums import CollectionStatus
from apps.billing.models import CollectionCase
from apps.billing.services.collect import collect_invoice
from apps.payments.errors import NothingDue, PaymentInProgress
from apps.payments.models import Payment

UNSETTLED = (CollectionStatus.DUE, CollectionStatus.WAITING, CollectionStatus.EXHAUSTED)


def retry_collections(*, customer_id: int, at: datetime) -> list[Payment]:
    """Try every unpaid invoice of a customer at once, because there is a new card. `at`: customer's time.

    Must not be called inside a transaction. What another process is just charging is left to it.
    """
    cases = CollectionCase.objects.filter(customer_id=customer_id, status__in=UNSETTLED)
    payments = []
    for invoice_id in list(cases.order_by("opened_at", "pk").values_list("invoice_id", flat=True)):
        try:
            payments.append(collect_invoice(invoice_id=invoice_id, at=at))
        except (NothingDue, PaymentInProgress):
            continue
    return payments
