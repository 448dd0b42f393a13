"""One-off drafts, written through the real services."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from apps.customers.models import Customer
from apps.invoices.manual_line import ManualLine
from apps.invoices.models import Invoice
from apps.invoices.services.draft import InvoiceTerms
from apps.invoices.services.draft_one_off import draft_one_off
from tests.factories.billing import STARTED_AT
from tests.factories.customers import make_customer


def manual(unit_price: str = "120.00", quantity: str = "1", **more: Any) -> ManualLine:
    return ManualLine(more.pop("description", "Setup"), Decimal(quantity), Decimal(unit_price), **more)


def make_one_off(
    *lines: ManualLine, customer: Customer | None = None, currency: str = "EUR", **more: Any
) -> Invoice:
    """A draft of lines that are written by hand; of one for EUR 120 without any."""
    return draft_one_off(
        customer=customer or make_customer(),
        terms=InvoiceTerms(currency=currency),
        lines=lines or [manual()],
        at=STARTED_AT,
        **more,
    )
