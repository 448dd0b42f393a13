from __future__ import annotations

from datetime import datetime

from apps.billing.enums import CollectionStatus
from apps.billing.models import CollectionCase
from apps.billing.services.collection.place_case import subscriptions_on
from apps.entitlements.enums import AccessLevel, AccessReason
from apps.entitlements.models import CustomerAccess
from apps.entitlements.services.set_access import set_access
from apps.invoices.enums import InvoiceStatus
from apps.invoices.models import Invoice
from apps.subscriptions.services.mark_recovered import mark_recovered


def recover_customer(*, invoice: Invoice, at: datetime) -> None:
    """Take back what an invoice had caused that is paid now. Runs in the caller's transaction.

    A subscription recovers when none of its invoices has a failed charge any more; access returns when none
    of the customer's is given up. What staff have restricted stays.
    """
    failed = CollectionCase.objects.filter(
        customer_id=invoice.customer_id,
        first_failed_at__isnull=False,
        invoice__status=InvoiceStatus.OPEN,
    )
    for subscription_id in subscriptions_on(invoice):
        if not failed.filter(invoice__lines__subscription_id=subscription_id).exists():
            mark_recovered(subscription_id=subscription_id, at=at)
    restricted = CustomerAccess.objects.filter(
        customer_id=invoice.customer_id, reason=AccessReason.PAYMENT_OVERDUE
    )
    if not failed.filter(status=CollectionStatus.EXHAUSTED).exists() and restricted.exists():
        set_access(
            customer_id=invoice.customer_id,
            level=AccessLevel.FULL,
            reason=AccessReason.IN_GOOD_STANDING,
            at=at,
        )
