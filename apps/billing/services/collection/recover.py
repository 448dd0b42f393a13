from __future__ import annotations

from datetime import datetime

from apps.billing.dunning_selectors import subscriptions_on
from apps.billing.models import CollectionCase
from apps.billing.services.collection.restrict import relax_customer
from apps.invoices.enums import InvoiceStatus
from apps.invoices.models import Invoice
from apps.subscriptions.services.mark_recovered import mark_recovered


def recover_customer(*, invoice: Invoice, at: datetime) -> None:
    """Take back what an invoice had caused that is paid now. Runs in the caller's transaction.

    A subscription recovers when none of its invoices has a failed charge any more; access returns as far as
    no other invoice of the customer holds it. What staff have restricted stays.
    """
    failed = CollectionCase.objects.filter(
        customer_id=invoice.customer_id,
        first_failed_at__isnull=False,
        invoice__status=InvoiceStatus.OPEN,
    )
    for subscription_id in subscriptions_on(invoice):
        if not failed.filter(invoice__lines__subscription_id=subscription_id).exists():
            mark_recovered(subscription_id=subscription_id, at=at)
    relax_customer(customer_id=invoice.customer_id, at=at)
