from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from apps.invoices.enums import InvoiceStatus
from apps.invoices.models import InvoiceLine
from apps.invoices.services.lock_draft import lock_draft
from apps.invoices.services.redraft import redraft_invoice
from apps.pricing.charge import Charge


def credit_drafts(*, credits: Sequence[Charge], at: datetime) -> list[Charge]:
    """Put credits (below zero) for lines that stand on drafts on these as negative lines; return the others.

    Such a draft waits, for its tax say, so that nothing of it is paid or due: wherever else what is unused
    was to go, it is billed less. Tax and discount of a credit follow its line's when the draft is issued.
    Runs in the caller's transaction, which holds the customer.

    Raises:
        InvoiceRefused: a draft was issued meanwhile (409).
    """
    if not credits:
        return []
    by_line = {int(credit.metadata["credits_line"]): credit for credit in credits}
    drafted = InvoiceLine.objects.filter(pk__in=by_line, invoice__status=InvoiceStatus.DRAFT)
    on_draft: dict[int, list[Charge]] = {}
    for line_id, invoice_id in drafted.order_by("invoice_id", "position").values_list("pk", "invoice_id"):
        on_draft.setdefault(invoice_id, []).append(by_line.pop(line_id))
    for invoice_id, charges in on_draft.items():
        redraft_invoice(invoice=lock_draft(invoice_id=invoice_id), dropped=(), charges=charges, at=at)
    return list(by_line.values())
