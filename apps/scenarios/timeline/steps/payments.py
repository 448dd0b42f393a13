from __future__ import annotations

from apps.billing.services.collection.collect import collect_invoice
from apps.invoices.enums import InvoiceStatus
from apps.invoices.models import Invoice
from apps.payments.selectors import default_method
from apps.scenarios.gateway_control import save_card, set_card_behaviour
from apps.scenarios.timeline.stage import Stage
from apps.scenarios.timeline.story import Step


def add_card(stage: Stage, step: Step) -> None:
    card = step.given.get("card", "pm_card_visa")
    method = save_card(customer=stage.customer, at=step.at, card=card)
    if "behaviour" in step.given:
        set_card_behaviour(method=method, behaviour=step.given["behaviour"])


def set_behaviour(stage: Stage, step: Step) -> None:
    method = default_method(stage.customer.pk)
    if method is None:
        raise LookupError("card")
    set_card_behaviour(method=method, behaviour=step.given["behaviour"])


def pay_what_is_open(stage: Stage, step: Step) -> None:
    """The customer comes and pays everything that is open, as by the link in a mail."""
    unpaid = Invoice.objects.filter(customer=stage.customer, status=InvoiceStatus.OPEN).order_by("pk")
    for invoice in unpaid:
        collect_invoice(invoice_id=invoice.pk, at=step.at, off_session=False)
