from __future__ import annotations

from datetime import datetime

from apps.billing.owed import Owed
from apps.billing.services.corrections.credit_invoice import credit_invoice
from apps.invoices.enums import CreditReason, Disposition
from apps.invoices.models import CreditNote, InvoiceLine
from apps.invoices.services.plan_credit import CreditItem
from apps.payments.selectors import open_payment_of
from apps.plans.policies import CreditNoteUse
from apps.pricing.charge import Charge
from apps.rating.services.rate_late import USAGE_KINDS
from apps.subscriptions.models import Subscription


def issue_credit_notes(
    *, subscription: Subscription, owed: Owed, at: datetime, instant: datetime | None = None
) -> list[CreditNote]:
    """Give back what a subscription is owed, a credit note for each invoice that billed it;
    what corrects usage stands on one of its own.

    By the policy `credit_note_use` it reduces what the invoice still has due and the rest goes to the
    customer's balance, or all of it does; or it is to be refunded. `instant` is the boundary that is billed,
    before `at` where the run is late. Runs in the caller's transaction.
    """
    by_line = {int(credit.metadata["credits_line"]): credit for credit in owed.credits}
    groups: dict[tuple[int, CreditReason], list[CreditItem]] = {}
    ends = subscription.ended_at is not None and subscription.ended_at == (instant or at)
    ending = CreditReason.TERMINATION if ends else CreditReason.PLAN_CHANGE
    for line in InvoiceLine.objects.filter(pk__in=by_line).order_by("invoice_id", "position"):
        credit = by_line[line.pk]
        reason = CreditReason.USAGE_CORRECTION if credit.kind in USAGE_KINDS else ending
        groups.setdefault((line.invoice_id, reason), []).append(_item(line, credit))
    notes = [
        credit_invoice(
            invoice_id=invoice_id,
            items=items,
            reason=reason,
            disposition=_disposition(owed, invoice_id),
            at=at,
        )
        for (invoice_id, reason), items in groups.items()
    ]
    return [note for note in notes if note is not None]


def _disposition(owed: Owed, invoice_id: int) -> Disposition:
    # A payment under way would bring more than is due after an offset.
    if open_payment_of(invoice_id) is not None:
        return Disposition.BALANCE
    if owed.refunds:
        return Disposition.REFUND
    first_own = owed.credit_use is CreditNoteUse.OWN_INVOICE
    return Disposition.AUTOMATIC if first_own else Disposition.BALANCE


def _item(line: InvoiceLine, credit: Charge) -> CreditItem:
    return CreditItem(
        line_id=line.pk,
        exact_amount=-credit.exact,
        amount_minor=-credit.amount.minor,
        description=credit.description,
        quantity=credit.quantity,
        period_starts_at=credit.period_start,
        period_ends_at=credit.period_end,
        trace=credit.trace.to_json(),
    )
