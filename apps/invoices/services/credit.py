from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from apps.audit.services.record import record_event
from apps.core.public_ids import new_public_id
from apps.invoices.enums import CreditReason, Disposition, RefundStatus, SeriesKind
from apps.invoices.models import CreditNote, CreditNoteLine, CreditNoteTax, Invoice
from apps.invoices.services.credit_taxes import credit_taxes
from apps.invoices.services.finalize import seller_snapshot
from apps.invoices.services.mark_paid import save_reduced
from apps.invoices.services.next_number import next_number
from apps.invoices.services.plan_credit import CreditItem, CreditPlan, plan_credit
from apps.invoices.services.post_credit_note import post_credit_note
from apps.wallets.enums import MovementKind
from apps.wallets.services.credit import credit_balance

__all__ = ["CreditItem", "issue_credit_note"]


@transaction.atomic
def issue_credit_note(
    *,
    invoice_id: int,
    items: Sequence[CreditItem],
    reason: CreditReason,
    at: datetime,
    disposition: Disposition = Disposition.AUTOMATIC,
    memo: str = "",
    cap: bool = False,
) -> CreditNote | None:
    """Give back part of an issued invoice with a numbered credit note; None where that is nothing.

    Amounts and their rounding: `plan_credit`. The money goes where `disposition` says: off what is due, to
    the customer's balance, or to be refunded, which is written down and done by payments. An invoice of
    which nothing is due any more is paid; whoever collects it is told by the caller.

    Raises:
        CreditRefused: see `plan_credit` (409).
    """
    # The lock makes two credits of one line wait for each other.
    invoice = (
        Invoice.objects.select_for_update(of=("self",)).select_related("customer__brand").get(pk=invoice_id)
    )
    plan = plan_credit(invoice=invoice, items=items, disposition=disposition, cap=cap)
    if not plan.total_minor:
        return None
    note = _note(invoice, plan, reason=reason, memo=memo, at=at)
    post_credit_note(note=note, lines=plan.lines, at=at)
    _give_back(note, invoice, at)
    _write(note, plan.lines)
    record_event(name="credit_note.issued", subject=note, at=at, data=_announcement(note))
    if note.offset_minor:
        invoice.credited_minor += note.offset_minor
        data = {"credit_note": note.public_id}
        save_reduced(
            invoice=invoice,
            reduced="credited_minor",
            by_minor=note.offset_minor,
            cause=note.public_id,
            at=at,
            data=data,
        )
    return note


def _note(invoice: Invoice, plan: CreditPlan, *, reason: CreditReason, memo: str, at: datetime) -> CreditNote:
    customer = invoice.customer
    return CreditNote(
        public_id=new_public_id("cn"),
        brand_id=invoice.brand_id,
        livemode=invoice.livemode,
        customer=customer,
        invoice=invoice,
        currency=invoice.currency,
        reason=reason,
        memo=memo,
        subtotal_minor=plan.subtotal_minor,
        discount_minor=plan.discount_minor,
        tax_minor=plan.tax_minor,
        tax_included_minor=plan.tax_included_minor,
        total_minor=plan.total_minor,
        refund_minor=plan.refund_minor,
        balance_minor=plan.balance_minor,
        offset_minor=plan.offset_minor,
        refund_status=RefundStatus.REQUESTED if plan.refund_minor else RefundStatus.NONE,
        seller=seller_snapshot(customer.brand),
        # Its taxes are those of its invoice, and hold for the buyer who stands there.
        buyer=invoice.buyer,
        issued_at=at,
    )


def _give_back(note: CreditNote, invoice: Invoice, at: datetime) -> None:
    if not note.balance_minor:
        return
    credit_balance(
        customer=invoice.customer,
        currency=note.currency,
        amount_minor=note.balance_minor,
        kind=MovementKind.CREDIT_NOTE,
        reference=("credit_note", note.public_id),
        key=f"credit_note:{note.public_id}",
        at=at,
    )


def _write(note: CreditNote, lines: Sequence[CreditNoteLine]) -> None:
    # The number comes last: from here to the commit every other note of the series waits.
    note.series, note.number = next_number(
        brand=note.customer.brand, livemode=note.livemode, kind=SeriesKind.CREDIT_NOTE, at=note.issued_at
    )
    note.save(force_insert=True)
    for line in lines:
        line.credit_note = note
    CreditNoteLine.objects.bulk_create(lines)
    taxes = credit_taxes(invoice=note.invoice, lines=lines)
    for tax in taxes:
        tax.credit_note = note
    if taxes:
        CreditNoteTax.objects.bulk_create(taxes)


def _announcement(note: CreditNote) -> dict[str, object]:
    return {
        "number": note.number,
        "invoice": note.invoice.public_id,
        "reason": note.reason,
        "currency": note.currency,
        "total_minor": note.total_minor,
        "refund_minor": note.refund_minor,
        "balance_minor": note.balance_minor,
        "offset_minor": note.offset_minor,
    }
