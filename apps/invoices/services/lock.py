from __future__ import annotations

from apps.invoices.models import Invoice


def lock_invoice(*, invoice_id: int) -> Invoice:
    """The invoice, held until the caller's transaction ends: nobody pays, voids or charges it meanwhile."""
    return Invoice.objects.select_for_update().get(pk=invoice_id)
