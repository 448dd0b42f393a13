from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from functools import partial

from django.db.models import Exists, OuterRef, QuerySet

from apps.billing.models import ParkedCustomer
from apps.billing.services.run.finalize_waiting import finalize_waiting, is_asked_about, older_untaxed
from apps.billing.services.run.run_apart import run_apart
from apps.core.due_work import Scope
from apps.invoices.enums import InvoiceStatus
from apps.invoices.errors import InvoiceRefused
from apps.invoices.models import Invoice
from apps.invoices.services.ask_tax import ask_tax
from apps.invoices.tax_answers import kept_answer, tax_request


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

    A tax service is asked first about those that wait for it. Each is a transaction of its own, the oldest
    first; a customer whose draft cannot be rated is parked.
    """
    due = drafts_in(scope).filter(finalize_at__lte=at).values_list("created_at", "pk", "customer_id")[:limit]
    return sum(
        run_apart(partial(finalize_asked, invoice_id=key, at=at), customer_id=customer_id, at=at)
        for _, key, customer_id in sorted(due)
    )


def finalize_asked(*, invoice_id: int, at: datetime) -> Invoice:
    """Finalise a draft as `finalize_waiting` does, once the tax service that it waits for was asked.

    Where there is an answer, the service is asked about the customer's older drafts too, and these are
    finalised first. Calls the network, so it runs outside any transaction. Without an answer it is a draft
    still.

    Raises:
        InvoiceRefused: it is not a draft any more (409).
    """
    ask_tax(invoice_id=invoice_id, at=at)
    invoice = Invoice.objects.select_related("customer__brand").get(pk=invoice_id)
    if is_asked_about(invoice.customer) and "answer" in invoice.tax_facts:
        for key in older_untaxed(invoice):
            # Another worker may have issued it by now.
            with suppress(InvoiceRefused):
                _ask_and_finalize(key, at)
    return _finalize_answered(invoice_id, at)


def _ask_and_finalize(invoice_id: int, at: datetime) -> Invoice:
    ask_tax(invoice_id=invoice_id, at=at)
    return _finalize_answered(invoice_id, at)


def _finalize_answered(invoice_id: int, at: datetime) -> Invoice:
    """Finalise a draft; ask once more where it has come to something else than was asked about."""
    final = finalize_waiting(invoice_id=invoice_id, at=at)
    if final.status != InvoiceStatus.DRAFT or "answer" not in final.tax_facts:
        return final
    if kept_answer(final, tax_request(final, list(final.lines.all()), at)) is not None:
        return final
    ask_tax(invoice_id=invoice_id, at=at)
    return finalize_waiting(invoice_id=invoice_id, at=at)
