from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import partial

from apps.billing.owed import Owed
from apps.billing.services.collection.open_collection import open_collection
from apps.billing.services.run.issue_credit_notes import issue_credit_notes
from apps.customers.models import Customer
from apps.invoices.models import Invoice
from apps.invoices.services.complete_draft import INVOICE_FIELDS, complete_draft
from apps.invoices.services.draft import Draft, InvoiceTerms, draft_invoice
from apps.invoices.services.finalize import finalize_draft
from apps.plans.policies import CreditNoteUse
from apps.pricing.charge import Charge
from apps.subscriptions.enums import CollectionMethod
from apps.subscriptions.models import Subscription, SubscriptionPeriod

Billed = tuple[Subscription, Owed]


def issue_invoices(
    *,
    customer: Customer,
    billed: Iterable[Billed],
    at: datetime,
    instant: datetime | None = None,
    may_wait: bool = True,
) -> list[Invoice]:
    """Put charges on as few invoices as may be, finalise them, and open the collecting of each.

    Invoices group by currency, collection method and terms. Credit notes come first, so that what they give
    to the balance pays these invoices, unless the plan's policy keeps it for the next ones. Drafting comes
    before numbering, so the series is locked only at the very end. Where the customer has a grace period, an
    invoice of usage stays a draft until that is over, unless `may_wait` is false: usage may still be late.
    `instant` is the boundary that is billed, before `at` where the run is late. Runs in the caller's
    transaction.
    """
    billed, instant = list(billed), instant or at
    _issue_credit_notes(billed, at, instant, later=False)
    groups: dict[InvoiceTerms, list[Charge]] = {}
    progressive: Counter[InvoiceTerms] = Counter()
    for subscription, owed in billed:
        if owed.charges or owed.progressive_minor:
            terms = invoice_terms(customer, subscription)
            groups.setdefault(terms, []).extend(owed.charges)
            progressive[terms] += owed.progressive_minor
    drafts = [
        draft_invoice(
            customer=customer,
            terms=terms,
            charges=charges,
            at=at,
            progressive_credit_minor=progressive[terms],
        )
        for terms, charges in groups.items()
    ]
    waits = may_wait and _waits(customer, billed, instant)
    finish = partial(_wait, customer, instant) if waits else finalize_draft
    invoices = [finish(draft=draft, at=at) for draft in drafts]
    for invoice in invoices:
        open_collection(invoice=invoice, at=at)
    _issue_credit_notes(billed, at, instant, later=True)
    return invoices


def _issue_credit_notes(billed: Iterable[Billed], at: datetime, instant: datetime, *, later: bool) -> None:
    for subscription, owed in billed:
        if (owed.credit_use is CreditNoteUse.NEXT_INVOICE) == later:
            issue_credit_notes(subscription=subscription, owed=owed, at=at, instant=instant)


def _waits(customer: Customer, billed: Sequence[Billed], instant: datetime) -> bool:
    """Whether usage of what is billed may still be late: where metered periods were closed just now."""
    metered = [subscription.pk for subscription, _ in billed if subscription.is_metered]
    closed = SubscriptionPeriod.objects.filter(subscription__in=metered, closed_at=instant)
    return bool(grace_of(customer) and metered and closed.exists())


def _wait(customer: Customer, instant: datetime, *, draft: Draft, at: datetime) -> Invoice:
    complete_draft(invoice=draft.invoice, lines=draft.lines, at=at)
    draft.invoice.finalize_at, draft.invoice.boundary_at = at + grace_of(customer), instant
    draft.invoice.save(update_fields=[*INVOICE_FIELDS, "finalize_at", "boundary_at"])
    return draft.invoice


def grace_of(customer: Customer) -> timedelta:
    """How long invoices of usage of a customer stay drafts."""
    hours = customer.invoice_grace_hours
    return timedelta(hours=customer.brand.invoice_grace_hours if hours is None else hours)


def invoice_terms(customer: Customer, subscription: Subscription) -> InvoiceTerms:
    """The terms on which charges of a subscription are billed; equal ones share an invoice."""
    days = customer.net_terms_days
    return InvoiceTerms(
        currency=subscription.currency,
        collection_method=CollectionMethod(subscription.collection_method),
        net_terms_days=customer.brand.net_terms_days if days is None else days,
    )
