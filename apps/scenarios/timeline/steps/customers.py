from __future__ import annotations

from apps.billing.services.run.finalize_waiting import finalize_waiting
from apps.customers.services.update_customer import update_customer
from apps.invoices.enums import InvoiceStatus
from apps.invoices.models import Invoice
from apps.scenarios.timeline.stage import Stage
from apps.scenarios.timeline.story import Step


def change_details(stage: Stage, step: Step) -> None:
    """The customer moves, or gives a tax id."""
    update_customer(customer_id=stage.customer.pk, changes=dict(step.given), at=step.at)


def finalize_drafts(stage: Stage, step: Step) -> None:
    """Staff issue what still waits, the oldest first."""
    waiting = Invoice.objects.filter(customer=stage.customer, status=InvoiceStatus.DRAFT).order_by("pk")
    for invoice in waiting:
        finalize_waiting(invoice_id=invoice.pk, at=step.at)
