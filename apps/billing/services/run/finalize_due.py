from __future__ import annotations

from datetime import datetime
from functools import partial

from django.db.models import Exists, OuterRef, QuerySet

from apps.billing.models import ParkedCustomer
from apps.billing.services.run.finalize_waiting import finalize_waiting
from apps.billing.services.run.run_apart import run_apart
from apps.core.due_work import Scope
from apps.invoices.enums import InvoiceStatus
from apps.invoices.models import Invoice
from apps.invoices.services.ask_tax import ask_tax


def drafts_in(scope: Scope) -> QuerySet[Invoice]:
    """Drafts of a scope that wait for late usage, the earliest first; parked customers' are left out."""
    parked = ParkedCustomer.objects.filter(customer_id=OuterRef("customer_id"), released_at=None)
    return (
        Invoice.objects.filter(
            status=InvoiceStatus.DRAFT,
            finalize_at__isnull=False,
            customer__test_clock_id=scope.test_clock_id,
        )
        .filter(~Exists(parked))
        .order_by("finalize_at", "pk")
    )


def finalize_due(*, scope: Scope, at: datetime, limit: int = 200) -> int:
    """Finalise drafts whose grace is over at or before `at`; how many. Any number of workers may run this.

    A tax service is asked first about those that wait for it. Each is a transaction of its own; a customer
    whose draft cannot be rated is parked.
    """
    due = drafts_in(scope).filter(finalize_at__lte=at).values_list("pk", "customer_id")[:limit]
    return sum(
        run_apart(partial(finalize_asked, invoice_id=key, at=at), customer_id=customer_id, at=at)
        for key, customer_id in list(due)
    )


def finalize_asked(*, invoice_id: int, at: datetime) -> Invoice:
    """Finalise a draft as `finalize_waiting` does, once the tax service that it waits for was asked.

    Calls the network, so it runs outside any transaction. Without an answer it is a draft still.

    Raises:
        InvoiceRefused: it is not a draft any more (409).
    """
    ask_tax(invoice_id=invoice_id, at=at)
    return finalize_waiting(invoice_id=invoice_id, at=at)
