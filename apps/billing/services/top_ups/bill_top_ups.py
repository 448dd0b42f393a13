from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from functools import partial

from django.db import transaction

from apps.billing.services.collection.open_collection import open_collection
from apps.billing.services.run.bill_customer import lock_billed_customer
from apps.billing.services.run.run_apart import run_apart
from apps.core.due_work import Scope
from apps.invoices.enums import LineKind
from apps.invoices.models import Invoice, InvoiceLine
from apps.invoices.services.draft import Draft, InvoiceTerms, draft_invoice
from apps.invoices.services.finalize import finalize_draft
from apps.pricing.money import Money
from apps.subscriptions.selectors import has_left
from apps.wallets.enums import TopUpReason, TopUpStatus
from apps.wallets.grant_selectors import unbilled_top_ups
from apps.wallets.models import TopUpIntent
from apps.wallets.services.settle_top_up import bill_top_up, fail_top_up


def bill_top_ups(*, scope: Scope, at: datetime, limit: int = 200) -> int:
    """Bill the open top-ups of wallets, each by an invoice of its own; how many. Any number of workers may.

    Each is a transaction of its own; a customer for whom it fails is parked.
    """
    asked = unbilled_top_ups(scope).values_list("pk", "wallet__customer_id")[:limit]
    return sum(
        run_apart(partial(invoice_top_up, top_up_id=key, at=at), customer_id=customer_id, at=at)
        for key, customer_id in list(asked)
    )


@transaction.atomic
def invoice_top_up(*, top_up_id: int, at: datetime) -> Invoice | None:
    """Issue the invoice of a top-up and open its collecting; None where it was billed already, or is over.

    What a rule asks for once all of a customer's subscriptions have ended is given up: nothing would use it.

    It is sold as money, so neither coupons nor credit nor the balance reduce it, and it carries no tax: what
    it pays for later does (vouchers for several purposes, VAT Directive 2006/112, article 30b (2)).
    """
    asked = TopUpIntent.objects.select_related("wallet").get(pk=top_up_id)
    customer = lock_billed_customer(customer_id=asked.wallet.customer_id)
    asked.refresh_from_db()
    if asked.status != TopUpStatus.OPEN or asked.reference_id:
        return None
    if asked.reason != TopUpReason.REQUEST and has_left(customer.pk):
        fail_top_up(top_up_id=top_up_id, reason="Every subscription of the customer has ended.", at=at)
        return None
    currency, amount = asked.wallet.currency, asked.amount_minor
    draft = draft_invoice(customer=customer, terms=InvoiceTerms(currency), charges=[], at=at)
    line = InvoiceLine.objects.create(
        invoice=draft.invoice,
        position=1,
        source="wallets",
        kind=LineKind.TOP_UP,
        description="Prepaid credit",
        quantity=Decimal(1),
        exact_amount=Money(amount, currency).major,
        amount_minor=amount,
    )
    invoice = finalize_draft(draft=Draft(draft.invoice, [line]), at=at, use_balance=False)
    bill_top_up(top_up_id=top_up_id, reference=("invoice", invoice.public_id))
    open_collection(invoice=invoice, at=at)
    return invoice
