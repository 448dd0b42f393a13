from __future__ import annotations

from datetime import datetime

from apps.billing.services.bill_subscription import Owed
from apps.invoices.enums import CreditReason, Disposition
from apps.invoices.models import CreditNote, InvoiceLine
from apps.invoices.services.credit import CreditItem, issue_credit_note
from apps.pricing.charge import Charge
from apps.subscriptions.models import Subscription


def issue_credit_notes(*, subscription: Subscription, owed: Owed, at: datetime) -> list[CreditNote]:
    """Give back what a subscription is owed, a credit note for each invoice that billed it.

    The money goes to the customer's balance, where it pays the next invoice, unless it is to be refunded;
    what the invoice still has due is reduced first. Runs in the caller's transaction.
    """
    by_line = {int(credit.metadata["credits_line"]): credit for credit in owed.credits}
    groups: dict[int, list[CreditItem]] = {}
    for line in InvoiceLine.objects.filter(pk__in=by_line).order_by("invoice_id", "position"):
        groups.setdefault(line.invoice_id, []).append(_item(line, by_line[line.pk]))
    reason = CreditReason.TERMINATION if subscription.ended_at == at else CreditReason.PLAN_CHANGE
    notes = [
        issue_credit_note(
            invoice_id=invoice_id,
            items=items,
            reason=reason,
            disposition=Disposition.REFUND if owed.refunds else Disposition.AUTOMATIC,
            at=at,
        )
        for invoice_id, items in groups.items()
    ]
    return [note for note in notes if note is not None]


def _item(line: InvoiceLine, credit: Charge) -> CreditItem:
    return CreditItem(
        line_id=line.pk,
        exact_amount=-credit.exact,
        description=credit.description,
        quantity=credit.quantity,
        period_starts_at=credit.period_start,
        period_ends_at=credit.period_end,
        trace=credit.trace.to_json(),
    )
