from __future__ import annotations

from datetime import datetime
from functools import partial

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from apps.billing.services.run.run_apart import run_apart
from apps.core.due_work import Scope
from apps.invoices.enums import InvoiceStatus
from apps.invoices.models import Invoice
from apps.ledger.services.post import Leg, post_transaction
from apps.wallets.enums import TopUpStatus
from apps.wallets.models import TopUpIntent
from apps.wallets.services.settle_top_up import fail_top_up, fulfil_top_up

DECIDED = (InvoiceStatus.PAID, InvoiceStatus.VOID)


def decided_top_ups(scope: Scope) -> QuerySet[TopUpIntent]:
    """Open top-ups of a scope whose invoice was paid or voided, the earliest first."""
    decided = Invoice.objects.filter(public_id=OuterRef("reference_id"), status__in=DECIDED)
    return TopUpIntent.objects.filter(
        Exists(decided),
        status=TopUpStatus.OPEN,
        reference_type="invoice",
        wallet__customer__test_clock_id=scope.test_clock_id,
    ).order_by("created_at", "pk")


def settle_top_ups(*, scope: Scope, at: datetime, limit: int = 200) -> int:
    """Put into wallets what was paid for, and give up what was voided; how many. Any worker may."""
    due = decided_top_ups(scope).values_list("pk", "wallet__customer_id")[:limit]
    return sum(
        run_apart(partial(settle_top_up, top_up_id=key, at=at), customer_id=customer_id, at=at)
        for key, customer_id in list(due)
    )


@transaction.atomic
def settle_top_up(*, top_up_id: int, at: datetime) -> None:
    """Follow the invoice of a top-up: once paid, the credit is the customer's, and booked as owed to them."""
    asked = TopUpIntent.objects.get(pk=top_up_id)
    invoice = Invoice.objects.get(public_id=asked.reference_id)
    if invoice.status == InvoiceStatus.VOID:
        fail_top_up(top_up_id=top_up_id, reason="Its invoice was voided.", at=at)
    elif invoice.status == InvoiceStatus.PAID:
        fulfil_top_up(top_up_id=top_up_id, at=at)
        _book(invoice, asked, at)


def _book(invoice: Invoice, asked: TopUpIntent, at: datetime) -> None:
    post_transaction(
        key=f"top_up:{asked.public_id}",
        brand_id=invoice.brand_id,
        livemode=invoice.livemode,
        at=at,
        kind="top_up",
        reference=("invoice", invoice.public_id),
        customer_id=invoice.customer_id,
        legs=[
            Leg("prepaid_orders", asked.amount_minor, invoice.currency),
            Leg("customer_credit", -asked.amount_minor, invoice.currency),
        ],
    )
