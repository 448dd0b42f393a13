from __future__ import annotations

from datetime import datetime

from apps.invoices.models import Invoice
from apps.ledger.services.post import Leg, post_transaction


def book_write_off(*, invoice: Invoice, amount_minor: int, key: str, at: datetime) -> None:
    """Book what is not expected to be paid as bad debt against the receivable; below zero books it back.

    Minor units of the invoice's currency, tax included: what the law lets a seller take back of the tax of a
    bad debt is claimed with the tax return, not here. `key` tells the invoice's write-offs and returns apart.
    """
    if not amount_minor:
        return
    post_transaction(
        key=f"invoice:{invoice.public_id}:{key}",
        brand_id=invoice.brand_id,
        livemode=invoice.livemode,
        at=at,
        kind="write_off" if amount_minor > 0 else "write_off_recovered",
        reference=("invoice", invoice.public_id),
        customer_id=invoice.customer_id,
        legs=[
            Leg("bad_debt", amount_minor, invoice.currency),
            Leg("receivable", -amount_minor, invoice.currency),
        ],
    )
