"""Invoices that staff write by hand, line by line, and money that came without a gateway."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.db import transaction
from django.urls import reverse

from apps.backoffice.acts import CustomerAct
from apps.backoffice.draft_forms import DraftForm, ManualLineForm, ReceivedForm
from apps.backoffice.services.note_act import note_act
from apps.backoffice.views.invoices import InvoiceAct
from apps.billing.services.collection.record_received import record_received
from apps.billing.services.corrections.regenerate import regenerate_invoice
from apps.core.formatting import format_money
from apps.customers.selectors import now_for
from apps.invoices.enums import InvoiceStatus
from apps.invoices.manual_line import get_manual_line, manual_line_of
from apps.invoices.models import Invoice, InvoiceLine
from apps.invoices.selectors import get_invoice
from apps.invoices.services.add_line import add_line
from apps.invoices.services.change_line import change_line
from apps.invoices.services.delete_draft import delete_draft
from apps.invoices.services.draft import InvoiceTerms
from apps.invoices.services.draft_one_off import draft_one_off
from apps.invoices.services.remove_line import remove_line
from apps.payments.enums import ReceiptMethod
from apps.payments.services.receive_payment import Received
from apps.pricing.periods.wall_clock import local_day
from apps.subscriptions.enums import CollectionMethod

ESTIMATE = "Discounts and tax are estimates until the draft is finalised."


class DraftInvoice(CustomerAct):
    permission: ClassVar = "invoices.change_invoice"
    title: ClassVar = "Write an invoice"
    button: ClassVar = "Make a draft"
    form_class: ClassVar = DraftForm
    made: Invoice | None = None

    def form(self, data: Any = None) -> forms.Form:
        known = self.subject.net_terms_days
        days = self.subject.brand.net_terms_days if known is None else known
        return DraftForm(data, initial={"currency": self.subject.currency, "net_terms_days": days})

    def done_url(self) -> str:
        if self.made is not None:
            return reverse("backoffice:invoice", args=[self.made.public_id])
        return super().done_url()

    def consequences(self) -> list[str]:
        return ["The draft has no lines yet: its page adds them.", "Nothing is owed before it is finalised."]

    @transaction.atomic
    def perform(self, answers: dict[str, Any]) -> str:
        at = now_for(self.subject)
        terms = InvoiceTerms(
            answers["currency"], CollectionMethod(answers["collection_method"]), answers["net_terms_days"]
        )
        self.made = draft_one_off(
            customer=self.subject,
            terms=terms,
            lines=[],
            po_number=answers["po_number"],
            memo=answers["memo"],
            at=at,
        )
        note_act(subject=self.made, act="draft_invoice", reason=answers["reason"], at=at)
        return "The draft is made: add its lines."


class AddLine(InvoiceAct):
    permission: ClassVar = "invoices.change_invoice"
    title: ClassVar = "Add a line"
    button: ClassVar = "Add line"
    form_class: ClassVar = ManualLineForm

    def consequences(self) -> list[str]:
        return [ESTIMATE]

    @transaction.atomic
    def perform(self, answers: dict[str, Any]) -> str:
        at = self.note("add_line", answers)
        add_line(invoice_id=self.subject.pk, line=self.asked.line(self.subject.time_zone), at=at)
        return _total(self.subject)


class LineAct(InvoiceAct):
    """An act on one line, which the address names; its subject is the invoice."""

    permission: ClassVar = "invoices.change_invoice"
    row: InvoiceLine

    def load(self, reference: str) -> Invoice:
        self.row = get_manual_line(**self.request.desk.scope, reference=reference)
        return super().load(self.row.invoice.public_id)


class ChangeLine(LineAct):
    title: ClassVar = "Change the line"
    button: ClassVar = "Change line"

    def consequences(self) -> list[str]:
        return [ESTIMATE]

    def form(self, data: Any = None) -> forms.Form:
        line, zone = manual_line_of(self.row), self.subject.time_zone
        first, end = line.period_starts_at, line.period_ends_at
        known = {
            "description": line.description,
            "quantity": line.quantity.normalize(),
            "unit_price": line.unit_price,
            "tax_code": line.tax_code,
            "tax_included": line.tax_included,
            "first_day": local_day(first, zone) if first else None,
            "end_day": local_day(end, zone) if end else None,
        }
        return ManualLineForm(data, initial=known)

    @transaction.atomic
    def perform(self, answers: dict[str, Any]) -> str:
        at = self.note("change_line", answers)
        line = self.asked.line(self.subject.time_zone)
        change_line(invoice_id=self.subject.pk, line_id=self.row.pk, line=line, at=at)
        return _total(self.subject)


class RemoveLine(LineAct):
    title: ClassVar = "Remove the line"
    button: ClassVar = "Remove line"
    tone: ClassVar = "danger"

    def consequences(self) -> list[str]:
        amount = format_money(self.row.amount_minor, self.subject.currency, locale="en")
        return [f"{self.row.description}, {amount}, is taken off the draft.", ESTIMATE]

    @transaction.atomic
    def perform(self, answers: dict[str, Any]) -> str:
        at = self.note("remove_line", answers)
        remove_line(invoice_id=self.subject.pk, line_id=self.row.pk, at=at)
        return _total(self.subject)


class DeleteDraft(InvoiceAct):
    permission: ClassVar = "invoices.change_invoice"
    title: ClassVar = "Throw the draft away"
    button: ClassVar = "Throw away"
    tone: ClassVar = "danger"
    gone: bool = False

    def done_url(self) -> str:
        if self.gone:
            return reverse("backoffice:customer", args=[self.subject.customer.public_id])
        return super().done_url()

    def consequences(self) -> list[str]:
        return ["The draft and its lines are gone; it had no number, so none is missing."]

    @transaction.atomic
    def perform(self, answers: dict[str, Any]) -> str:
        at = self.note("delete_draft", answers)
        delete_draft(invoice_id=self.subject.pk, at=at)
        self.gone = True
        return "The draft is thrown away."


class RegenerateInvoice(InvoiceAct):
    permission: ClassVar = "invoices.change_invoice"
    title: ClassVar = "Void the invoice and draft it anew"
    button: ClassVar = "Void and draft anew"
    tone: ClassVar = "danger"
    made: Invoice | None = None

    def done_url(self) -> str:
        shown = self.made or self.subject
        return reverse("backoffice:invoice", args=[shown.public_id])

    def consequences(self) -> list[str]:
        return [
            f"Nothing is owed for it any more ({self.due}); it keeps its number.",
            "A draft bills the same charges, with the customer's address, coupons and tax of now.",
            "The draft is reviewed, and finalised by hand.",
        ]

    @transaction.atomic
    def perform(self, answers: dict[str, Any]) -> str:
        at = self.note("regenerate", answers)
        self.made = regenerate_invoice(invoice_id=self.subject.pk, reason=answers["reason"], at=at)
        return f"Invoice {self.subject.number} is void; this draft takes its place."


class RecordPayment(CustomerAct):
    permission: ClassVar = "payments.add_receivedpayment"
    title: ClassVar = "Write down a payment"
    button: ClassVar = "Write down"

    def form(self, data: Any = None) -> forms.Form:
        unpaid = Invoice.objects.filter(
            customer=self.subject, status__in=[InvoiceStatus.OPEN, InvoiceStatus.UNCOLLECTIBLE]
        ).order_by("finalized_at", "pk")
        return ReceivedForm(data, open_invoices=list(unpaid), initial={"currency": self.subject.currency})

    def consequences(self) -> list[str]:
        return [
            "The invoices that are chosen are paid, the oldest first, all at once.",
            "What is too much goes to the customer's balance; the books count the money as in the bank.",
        ]

    @transaction.atomic
    def perform(self, answers: dict[str, Any]) -> str:
        at = now_for(self.subject)
        received = Received(
            answers["amount_minor"],
            answers["currency"],
            ReceiptMethod(answers["method"]),
            answers["reference"],
        )
        chosen = [int(key) for key in answers["invoices"]]
        payment = record_received(customer=self.subject, invoice_ids=chosen, received=received, at=at)
        note_act(subject=payment, act="record_payment", reason=answers["reason"], at=at)
        parts = payment.parts.count()
        amount = format_money(payment.amount_minor, payment.currency, locale="en")
        return f"{amount} paid {parts} invoice{'' if parts == 1 else 's'}."


def _total(invoice: Invoice) -> str:
    fresh = get_invoice(brand_id=invoice.brand_id, livemode=invoice.livemode, reference=invoice.public_id)
    return f"The draft comes to {format_money(fresh.total_minor, fresh.currency, locale='en')}."
