from __future__ import annotations

from datetime import datetime

from apps.billing.enums import CollectionStatus
from apps.billing.services.collection.move_case import lock_case, lock_customer, move_case
from apps.invoices.models import Invoice


def hold_collection(*, invoice: Invoice, until: datetime) -> None:
    """Leave a new invoice to the customer, who is there to pay it; after `until` it is charged without them.

    Belongs into the transaction that issues the invoice, so that no worker is quicker. `until` is the
    customer's time. Something else than a first charge that waits stays as it is.
    """
    lock_customer(customer_id=invoice.customer_id)
    case = lock_case(invoice_id=invoice.pk)
    if case is not None and case.status == CollectionStatus.DUE and case.first_failed_at is None:
        move_case(case, CollectionStatus.DUE, next_attempt_at=until)
