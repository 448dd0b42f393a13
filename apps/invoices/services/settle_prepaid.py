from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from apps.invoices.billed_lines import billed_lines
from apps.invoices.models import Invoice, InvoiceLine
from apps.wallets.services.spend_prepaid import spend_prepaid


def settle_prepaid(*, invoice: Invoice, lines: Sequence[InvoiceLine], at: datetime) -> None:
    """Pay a draft that is being finalised from the customer's prepaid credit; the caller saves the invoice.

    It is money, so it pays the total with tax, after the customer's balance; a grant that is limited pays at
    most what the lines that it covers come to. Minor units. Runs in the finalising transaction.
    """
    if invoice.due_minor <= 0:
        return
    gross = [line.net_minor + line.tax_minor for line in lines]
    invoice.prepaid_applied_minor = spend_prepaid(
        customer=invoice.customer,
        currency=invoice.currency,
        at=at,
        up_to_minor=invoice.due_minor,
        amounts=list(zip(billed_lines(lines), gross, strict=True)),
        reference=("invoice", invoice.public_id),
        key=f"invoice:{invoice.public_id}:prepaid",
    )
