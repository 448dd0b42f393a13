from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from apps.billing.services.collection.pay_from_balance import pay_from_balance
from apps.billing.services.corrections.credit_invoice import credit_invoice
from apps.invoices.enums import CreditReason, Disposition, InvoiceStatus
from apps.invoices.models import Invoice, InvoiceLine
from apps.invoices.services.plan_credit import CreditItem
from apps.pricing.money import Money
from apps.scenarios.timeline.compare_lines import labels_of
from apps.scenarios.timeline.stage import Stage
from apps.scenarios.timeline.story import Step
from apps.wallets.enums import MovementKind
from apps.wallets.services.credit import credit_balance

Given = Mapping[str, Any]


def give_back(stage: Stage, step: Step) -> None:
    """A credit note on the newest invoice: of the named lines, or of its only one.

    Raises:
        LookupError: no invoice was issued, or it has no such line.
    """
    invoice = Invoice.objects.filter(customer=stage.customer, number__isnull=False).order_by("pk").last()
    if invoice is None:
        raise LookupError("invoice")
    credit_invoice(
        invoice_id=invoice.pk,
        items=[
            CreditItem(
                line_id=_line(invoice, item).pk,
                amount_minor=Money.from_exact(Decimal(item["amount"]), invoice.currency).minor,
            )
            for item in step.given["items"]
        ],
        reason=CreditReason.OTHER,
        disposition=Disposition(step.given.get("to", Disposition.AUTOMATIC)),
        at=step.at,
    )


def _line(invoice: Invoice, item: Given) -> InvoiceLine:
    lines = [line for line in invoice.lines.all() if "of" not in item or item["of"] in labels_of(line)]
    if not lines:
        raise LookupError(f"line {item.get('of')!r}")
    return lines[0]


def add_to_balance(stage: Stage, step: Step) -> None:
    """Staff give credit; with `pays_open` what is open is paid from it at once, the oldest first."""
    currency = stage.story.customer["currency"]
    credit_balance(
        customer=stage.customer,
        currency=currency,
        amount_minor=Money.from_exact(Decimal(step.given["amount"]), currency).minor,
        kind=MovementKind.MANUAL_CREDIT,
        reference=("scenario", step.place),
        key=f"scenario:{step.place}",
        at=step.at,
    )
    if step.given.get("pays_open"):
        unpaid = Invoice.objects.filter(customer=stage.customer, status=InvoiceStatus.OPEN).order_by("pk")
        for invoice in unpaid:
            pay_from_balance(invoice_id=invoice.pk, key=f"scenario:{step.place}", at=step.at)
