from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from django.db import transaction

from apps.billing.late_selectors import ClosedUsage, closed_usage, waiting_drafts
from apps.billing.services.collection.move_case import lock_customer
from apps.billing.services.collection.open_collection import open_collection
from apps.billing.services.run.issue_invoices import grace_of
from apps.billing.services.subscriptions.follow_parent import followers_at
from apps.billing.services.usage.rate_again import Difference, differences_of
from apps.billing.services.usage.rate_late_commitment import commitment_differences
from apps.billing.services.usage.rate_late_usage import late_charges, move_watermark
from apps.customers.models import Customer
from apps.invoices.models import Invoice, InvoiceLine
from apps.invoices.services.draft import Draft
from apps.invoices.services.finalize import finalize_draft
from apps.invoices.services.redraft import redraft_invoice
from apps.pricing.charge import Charge
from apps.rating.services.rate_late import USAGE_KINDS
from apps.subscriptions.models import Subscription
from apps.usage.selectors import current_watermark


@transaction.atomic
def finalize_waiting(*, invoice_id: int, at: datetime) -> Invoice:
    """Finalise a draft at `at` (UTC), with the usage that came since it was drafted, and open its collecting.

    The periods that were closed when it was drafted, and those of late lines on it, are rated again where
    something was stored since; the draft's lines are written anew and added up. What comes later is late.

    Raises:
        InvoiceRefused: it is not a draft any more (409).
    """
    lock_customer(customer_id=Invoice.objects.only("customer_id").get(pk=invoice_id).customer_id)
    invoice = (
        Invoice.objects.select_related("customer__brand").select_for_update(of=("self",)).get(pk=invoice_id)
    )
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
    again, and the new bill may credit what stands there.

    Those of add-ons that will end or pause with one of them at the boundary `instant` (UTC) come along.
    """
    if not grace_of(customer) and not any(subscription.is_metered for subscription in subscriptions):
        return []
    concerned = {subscription.pk for subscription in subscriptions}
    if instant is not None:
        concerned |= {add_on.pk for add_on in followers_at(subscriptions, instant)}
    waiting = waiting_drafts(customer.pk).filter(lines__subscription__in=concerned)
    keys = dict.fromkeys(waiting.values_list("pk", flat=True))
    return [finalize_waiting(invoice_id=key, at=at) for key in keys]


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
