"""Credit notes, issued through the real service."""

from __future__ import annotations

from typing import Any

from apps.invoices.enums import CreditReason
from apps.invoices.models import CreditNote, InvoiceLine
from apps.invoices.services.credit import issue_credit_note
from apps.invoices.services.plan_credit import CreditItem
from tests.factories.billing import STARTED_AT


def make_credit_note(line: InvoiceLine, amount_minor: int, **given: Any) -> CreditNote:
    """A credit note of one line; `amount_minor` is before discount and tax, in minor units."""
    note = issue_credit_note(
        invoice_id=line.invoice_id,
        items=[CreditItem(line.pk, amount_minor=amount_minor)],
        **{"reason": CreditReason.OTHER, "at": STARTED_AT} | given,
    )
    assert note is not None
    return note
