"""Reads of what is collected, and the signed links that pay an invoice without a login."""

from __future__ import annotations

from datetime import timedelta

from django.core import signing
from django.db.models import QuerySet

from apps.billing.models import CollectionCase
from apps.invoices.enums import InvoiceStatus, TaxStatus
from apps.invoices.models import Invoice

LIFETIME = timedelta(days=30)
SALT = "billing.pay_link"


def collection_of(invoice_id: int) -> CollectionCase | None:
    """Where the collecting of an invoice stands: when it is tried next, and what went wrong last."""
    return CollectionCase.objects.filter(invoice_id=invoice_id).first()


def overdue_invoice_of(subscription_id: int) -> Invoice | None:
    """The oldest open invoice of a subscription that could not be collected yet; None without one."""
    failed = CollectionCase.objects.filter(
        first_failed_at__isnull=False,
        invoice__status=InvoiceStatus.OPEN,
        invoice__lines__subscription_id=subscription_id,
    )
    case = failed.select_related("invoice").order_by("invoice_id").first()
    return case.invoice if case else None


def pay_token(invoice: Invoice) -> str:
    """What stands in a pay link, with which whoever got the mail may pay; valid for 30 real days."""
    return signing.dumps(invoice.public_id, salt=SALT)


def invoice_for_pay_token(token: str) -> Invoice | None:
    """The invoice that a pay link is for; None when the link is forged or too old."""
    try:
        public_id = signing.loads(token, salt=SALT, max_age=LIFETIME)
    except signing.BadSignature:
        return None
    return Invoice.objects.select_related("customer__test_clock", "brand").filter(public_id=public_id).first()


def waiting_for_tax() -> QuerySet[Invoice]:
    """Drafts that cannot be issued because how they are taxed is not known, whatever their brand."""
    return Invoice.objects.filter(status=InvoiceStatus.DRAFT, tax_status=TaxStatus.WAITING)
