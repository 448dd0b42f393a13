from __future__ import annotations

from datetime import datetime

from django.db import transaction

from apps.audit.services.record import record_event
from apps.billing.services.corrections.void_unpaid import void_unpaid_invoice
from apps.invoices.models import Invoice
from apps.invoices.services.copy_voided import copy_voided


@transaction.atomic
def regenerate_invoice(*, invoice_id: int, reason: str, at: datetime) -> Invoice:
    """Void an issued invoice of which nothing was paid, and draft its charges anew, to be reviewed.

    `at` is the customer's time. The void one keeps its number. The draft has the customer's address, the
    coupons and the tax of now; what is written by hand on it may be changed before it is finalised.

    Raises:
        InvoiceRefused: see `void_unpaid_invoice` (409).
    """
    old = void_unpaid_invoice(invoice_id=invoice_id, reason=reason, at=at)
    draft = copy_voided(invoice_id=old.pk, at=at)
    record_event(
        name="invoice.regenerated",
        subject=draft,
        at=at,
        data={"replaces": old.public_id, "number": old.number, "reason": reason},
    )
    return draft
