"""Issued invoices with given lines, for tests of what happens to them afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from apps.customers.models import Customer
from apps.invoices.enums import LineKind
from apps.invoices.models import Invoice, InvoiceLine, InvoiceTax
from apps.invoices.services.draft import Draft
from apps.invoices.services.finalize import issue_draft
from apps.pricing.money import Money
from apps.taxes.enums import Category
from tests.factories.billing import STARTED_AT
from tests.factories.customers import make_customer


def make_line(amount_minor: int, currency: str = "EUR", **overrides: Any) -> dict[str, Any]:
    """Fields of a line without a service period, so earned at once; the amount is minor units."""
    values = {
        "kind": LineKind.RECURRING,
        "description": "Team plan",
        "quantity": Decimal(1),
        "exact_amount": Money(amount_minor, currency).major,
        "amount_minor": amount_minor,
    }
    return values | overrides


def make_draft(
    lines: Sequence[dict[str, Any]], *, customer: Customer | None = None, currency: str = "EUR"
) -> Invoice:
    """A draft of these lines; discount and tax are the sums of theirs."""
    customer = customer or make_customer()
    sums = {
        name: sum(line.get(name, 0) for line in lines)
        for name in ("amount_minor", "discount_minor", "tax_minor")
    }
    included = sum(line.get("tax_minor", 0) for line in lines if line.get("tax_included"))
    owed = sums["amount_minor"] - sums["discount_minor"] + sums["tax_minor"] - included
    invoice = Invoice.objects.create(
        brand=customer.brand,
        livemode=customer.livemode,
        customer=customer,
        currency=currency,
        subtotal_minor=sums["amount_minor"],
        discount_minor=sums["discount_minor"],
        tax_minor=sums["tax_minor"],
        tax_included_minor=included,
        total_minor=max(owed, 0),
        balance_credited_minor=max(-owed, 0),
        created_at=STARTED_AT,
    )
    for position, line in enumerate(lines, start=1):
        InvoiceLine.objects.create(invoice=invoice, position=position, **line)
    if sums["tax_minor"]:
        make_invoice_tax(invoice, tax_minor=sums["tax_minor"])
    return invoice


def make_invoice_tax(invoice: Invoice, **overrides: Any) -> InvoiceTax:
    """One row of the tax breakdown, German VAT unless told otherwise."""
    values = {
        "position": 1,
        "category": Category.STANDARD,
        "name": "VAT",
        "kind": "vat",
        "jurisdiction": "DE",
        "percent": Decimal(19),
        "taxable_minor": invoice.subtotal_minor - invoice.discount_minor - invoice.tax_included_minor,
        "tax_minor": 0,
    }
    return InvoiceTax.objects.create(invoice=invoice, **values | overrides)


def issue_invoice(
    *amounts_minor: int,
    lines: Sequence[dict[str, Any]] | None = None,
    customer: Customer | None = None,
    currency: str = "EUR",
    at: datetime = STARTED_AT,
) -> Invoice:
    """An issued invoice of lines with these amounts, or of `lines`."""
    given = [make_line(amount, currency) for amount in amounts_minor] if lines is None else lines
    draft = make_draft(given, customer=customer, currency=currency)
    return issue_draft(draft=Draft(draft, list(draft.lines.all())), at=at)
