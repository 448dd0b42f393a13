from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from apps.billing.late_selectors import ClosedUsage, closed_usage, waiting_drafts
from apps.billing.selectors import waiting_for_tax
from apps.billing.services.collection.move_case import lock_customer
from apps.billing.services.collection.open_collection import open_collection
from apps.billing.services.run.issue_invoices import grace_of
from apps.billing.services.subscriptions.follow_parent import followers_at
from apps.billing.services.usage.rate_again import Difference, differences_of
from apps.billing.services.usage.rate_late_commitment import commitment_differences
from apps.billing.services.usage.rate_late_usage import late_charges, move_watermark
from apps.customers.models import Customer
from apps.invoices.enums import InvoiceStatus, TaxStatus
from apps.invoices.errors import InvoiceRefused
from apps.invoices.models import Invoice, InvoiceLine
from apps.invoices.services.complete_draft import complete_draft
from apps.invoices.services.draft import Draft
from apps.invoices.services.finalize import finalize_draft
from apps.invoices.services.lock_draft import lock_draft
from apps.invoices.services.redraft import redraft_invoice
from apps.pricing.charge import Charge
from apps.rating.services.rate_late import USAGE_KINDS
from apps.subscriptions.models import Subscription
from apps.taxes.engines.registry import engine_named
from apps.usage.selectors import current_watermark

# Tried before: what waits for late usage, too, is not finalised before its time.
UNTAXED = Q(tax_status=TaxStatus.WAITING, tax_facts__has_key="waiting_since")


@transaction.atomic
def finalize_waiting(*, invoice_id: int, at: datetime) -> Invoice:
    """Finalise a draft at `at` (UTC), with the usage that came since it was drafted, and open its collecting.

    The periods that were closed when it was drafted, and those of late lines on it, are rated again where
    something was stored since; the draft's lines are written anew and added up. What comes later is late.
    Where its tax is known, the customer's older drafts that waited for theirs are tried first, so that
    numbers and the uses of coupons are given in order. A tax service cannot be asked here, so those that wait
    for one are left to `finalize_asked`.

    Raises:
        InvoiceRefused: it is not a draft any more, or was written by hand and has no lines yet (409).
    """
    lock_customer(customer_id=Invoice.objects.only("customer_id").get(pk=invoice_id).customer_id)
    invoice = lock_draft(invoice_id=invoice_id)
    by_hand = invoice.boundary_at is None and invoice.finalize_at is None
    if by_hand and not invoice.lines.exists():
        raise InvoiceRefused("The draft has no lines: add one, or throw the draft away.")
    older = [] if is_asked_about(invoice.customer) else older_untaxed(invoice)
    if older and _is_answered(invoice, at):
        for key in older:
            _finalize(lock_draft(invoice_id=key), at)
    return _finalize(invoice, at)


def older_untaxed(invoice: Invoice) -> list[int]:
    """The keys of drafts of the customer from before this one that lacked their tax, the oldest first."""
    before = Q(created_at__lt=invoice.created_at) | Q(created_at=invoice.created_at, pk__lt=invoice.pk)
    older = waiting_for_tax().filter(UNTAXED, before, customer_id=invoice.customer_id)
    return list(older.order_by("created_at", "pk").values_list("pk", flat=True))


def is_asked_about(customer: Customer) -> bool:
    """Whether a service over the network says how a customer's invoices are taxed."""
    return engine_named(customer.brand.tax_engine).is_remote


def _is_answered(invoice: Invoice, at: datetime) -> bool:
    """Whether the tax of a locked draft is known by now."""
    complete_draft(invoice=invoice, lines=list(invoice.lines.all()), at=at)
    return invoice.tax_status != TaxStatus.WAITING


def _finalize(invoice: Invoice, at: datetime) -> Invoice:
    final = finalize_draft(draft=_up_to_date(invoice, at), at=at)
    open_collection(invoice=final, at=at)
    return final


def finalize_before_billing(
    *,
    customer: Customer,
    subscriptions: Collection[Subscription],
    at: datetime,
    instant: datetime | None = None,
) -> list[Invoice]:
    """Finalise the drafts of a locked customer that bill these subscriptions: they are about to be billed
    again, and the new bill may credit what stands there. Those that were issued, or closed.

    Those of add-ons that will end or pause with one of them at the boundary `instant` (UTC) come along. So
    does what waited for its tax, whatever it bills: it is issued before later bills. What waits for a tax
    service is left until that was asked.
    """
    asked = is_asked_about(customer)
    chosen = UNTAXED
    if grace_of(customer) or any(subscription.is_metered for subscription in subscriptions):
        concerned = {subscription.pk for subscription in subscriptions}
        if instant is not None:
            concerned |= {add_on.pk for add_on in followers_at(subscriptions, instant)}
        billed = Q(lines__subscription__in=concerned)
        chosen = billed & ~UNTAXED if asked else billed | UNTAXED
    elif asked:
        return []
    waiting = waiting_drafts(customer.pk).filter(chosen).order_by("created_at", "pk")
    keys = dict.fromkeys(waiting.values_list("pk", flat=True))
    finals = [_finalize(lock_draft(invoice_id=key), at) for key in keys]
    return [final for final in finals if final.status != InvoiceStatus.DRAFT]


def _up_to_date(invoice: Invoice, at: datetime) -> Draft:
    lines = list(invoice.lines.all())
    watermark = current_watermark()
    changed = _changed(invoice, lines)
    if not changed:
        return Draft(invoice, lines)
    places = {(usage.item.pk, usage.period.starts_at) for usage in changed}
    dropped = [
        line.pk
        for line in lines
        if line.kind in USAGE_KINDS and (line.item_id, line.period_starts_at) in places
    ]
    topped_up = _commitments(invoice, changed)
    dropped += [line.pk for one in topped_up for line in one.lines]
    charges = _charges(differences_of(changed, redrafted=invoice))
    charges += [one.whole for one in topped_up if one.whole.amount]
    move_watermark((usage.period for usage in changed), watermark)
    return redraft_invoice(invoice=invoice, dropped=dropped, charges=charges, at=at)


def _changed(invoice: Invoice, lines: Sequence[InvoiceLine]) -> list[ClosedUsage]:
    """What the draft bills and is out of date: as it was in reach when it was drafted."""
    billed = {(line.item_id, line.period_starts_at) for line in lines if line.kind in USAGE_KINDS}
    elsewhere = _billed_by_other_drafts(invoice)
    # A late run drafted it after the boundary that it bills.
    instant = invoice.boundary_at or invoice.created_at
    subscriptions = Subscription.objects.filter(
        customer_id=invoice.customer_id,
        is_metered=True,
        currency=invoice.currency,
        collection_method=invoice.collection_method,
    )
    return [
        usage
        for subscription in subscriptions.order_by("pk")
        for usage in closed_usage(subscription=subscription, at=instant)
        if (place := (usage.item.pk, usage.period.starts_at)) in billed
        or (usage.period.closed_at == instant and place not in elsewhere)
    ]


def _billed_by_other_drafts(invoice: Invoice) -> set[tuple[int | None, datetime | None]]:
    others = waiting_drafts(invoice.customer_id).exclude(pk=invoice.pk)
    lines = InvoiceLine.objects.filter(invoice__in=others, kind__in=USAGE_KINDS)
    return set(lines.values_list("item_id", "period_starts_at"))


def _commitments(invoice: Invoice, changed: Sequence[ClosedUsage]) -> list[Difference]:
    """The true-ups on the draft that come to something else by now; those of other invoices stay there."""
    found = commitment_differences(differences_of(changed))
    return [one for one in found if all(line.invoice_id == invoice.pk for line in one.lines)]


def _charges(differences: Sequence[Difference]) -> list[Charge]:
    """The lines of the draft: whole where no other invoice billed a part of the usage, else what is late."""
    whole = [d.whole for d in differences if not d.lines and (d.whole.quantity or d.whole.amount)]
    late = late_charges(d for d in differences if d.lines and d.charge.amount)
    return [*whole, *late.charges, *late.credits]
