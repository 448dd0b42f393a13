from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from apps.invoices.billed_lines import billed_lines
from apps.invoices.enums import LineKind
from apps.invoices.models import Invoice, InvoiceLine
from apps.wallets.services.spend_prepaid import spend_prepaid


def settle_prepaid(*, invoice: Invoice, lines: Sequence[InvoiceLine], at: datetime) -> None:
    """Pay a draft that is being finalised from the customer's prepaid credit; the caller saves the invoice.

    It is money, so it pays the total with tax, after the customer's balance; a grant that is limited pays at
    most what the lines that it covers come to, and none pays for credit that is sold. Minor units. Runs in
    the finalising transaction.
    """
    lines = [line for line in lines if line.kind != LineKind.TOP_UP]
    gross = [line.net_minor + line.tax_minor for line in lines]
    up_to = min(invoice.due_minor, sum(gross))
    if up_to <= 0:
        return
    invoice.prepaid_applied_minor = spend_prepaid(
        customer=invoice.customer,
        currency=invoice.currency,
        at=at,
        up_to_minor=up_to,
        amounts=list(zip(billed_lines(lines), gross, strict=True)),
        reference=("invoice", invoice.public_id),
        key=f"invoice:{invoice.public_id}:prepaid",
    )
