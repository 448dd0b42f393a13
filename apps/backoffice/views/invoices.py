from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from apps.audit.selectors import timeline_for
from apps.backoffice.access import StaffRequest, staff_page
from apps.backoffice.acts import Act
from apps.backoffice.event_wording import timeline_entries
from apps.backoffice.listing import answer_list
from apps.backoffice.lists import invoice_list
from apps.backoffice.selectors import currencies_in_use, invoices_listed, received_parts_of
from apps.backoffice.tax_words import fact_lines, tax_rows, waits_for_tax
from apps.billing.selectors import collection_of
from apps.billing.services.collection.collect import collect_invoice
from apps.billing.services.collection.preview_dunning import Foreseen, preview_dunning
from apps.billing.services.corrections.void_unpaid import void_unpaid_invoice
from apps.billing.services.corrections.write_off_unpaid import write_off_unpaid_invoice
from apps.core import clock
from apps.core.api.pdf import file_response
from apps.core.errors import NotFound
from apps.core.formatting import format_money
from apps.customers.selectors import now_for
from apps.invoices.enums import DocumentKind, EInvoiceFormat, InvoiceStatus, LineKind
from apps.invoices.errors import EInvoiceImpossible
from apps.invoices.file_names import einvoice_file
from apps.invoices.models import Invoice
from apps.invoices.selectors import creditable_of, get_invoice
from apps.invoices.services.document import document_for
from apps.invoices.services.einvoice import einvoice_for, einvoice_problems
from apps.invoices.services.plan_credit import CREDITABLE
from apps.invoices.snapshot import line_explanation
from apps.payments.enums import PaymentStatus
from apps.payments.selectors import payments_of_invoice
from apps.wallets.selectors import balance_of

SHOWN_EVENTS = 50
COLLECTABLE = (InvoiceStatus.OPEN, InvoiceStatus.UNCOLLECTIBLE)


@require_safe
@staff_page("invoices.view_invoice")
def invoices(request: StaffRequest) -> HttpResponseBase:
    own = request.desk.scope
    spec = invoice_list(clock.now(), currencies_in_use(**own))
    return answer_list(request, invoices_listed(**own), spec)


@require_safe
@staff_page("invoices.view_invoice")
def invoice(request: StaffRequest, reference: str) -> HttpResponseBase:
    """One invoice with every line's reason, its attempts, and where its collecting stands."""
    found = get_invoice(**request.desk.scope, reference=reference)
    test_clock = found.customer.test_clock
    events = timeline_for(subject_type="invoice", subject_id=found.public_id)[:SHOWN_EVENTS]
    notes = list(found.credit_notes.order_by("id"))
    left_of = creditable_of(list(found.lines.all()))
    return render(
        request,
        "backoffice/invoice.html",
        {
            "invoice": found,
            "lines": [(line, line_explanation(line)) for line in found.lines.all()],
            "payments": list(payments_of_invoice(found.pk)),
            "received": list(received_parts_of(found.pk)),
            "case": collection_of(found.pk),
            "dunning": _foreseen(found),
            "events": timeline_entries(events),
            "einvoice_problems": einvoice_problems(found) if found.number else [],
            "may_collect": found.status in COLLECTABLE and found.due_minor > 0,
            "may_delete": found.status == InvoiceStatus.DRAFT
            and not found.lines.exclude(kind=LineKind.MANUAL).exists(),
            "may_write_off": found.status == InvoiceStatus.OPEN,
            "may_void": found.status == InvoiceStatus.OPEN and not found.paid_minor and not notes,
            "may_credit": found.status in CREDITABLE and any(left > 0 for left in left_of.values()),
            "credit_notes": notes,
            **_tax_and_discounts(found),
            "balance_minor": balance_of(found.customer_id, found.currency),
            "clock_now": test_clock.now_at if test_clock else None,
            "clock_name": test_clock.name if test_clock else "",
        },
    )


def _foreseen(found: Invoice) -> Foreseen | None:
    """What comes next while nobody pays; nothing of an invoice that is not owed."""
    if found.status not in COLLECTABLE:
        return None
    return preview_dunning(invoice=found, at=now_for(found.customer))


def _tax_and_discounts(found: Invoice) -> dict[str, Any]:
    discounts = list(found.discounts.all())
    return {
        "discounts": discounts,
        # Lines that take back give their part of a discount back, too.
        "discount_taken_back": sum(row.amount_minor for row in discounts) - found.discount_minor,
        "taxes": tax_rows(found.taxes.all().iterator()),
        "tax_facts": fact_lines(found),
        "tax_waits": waits_for_tax(found),
    }


@require_safe
@staff_page("invoices.view_invoice")
def invoice_pdf(request: StaffRequest, reference: str) -> HttpResponseBase:
    """The frozen document, byte for byte what the customer has."""
    found = get_invoice(**request.desk.scope, reference=reference)
    if found.number is None:
        raise NotFound("A draft has no document.")
    document = document_for(invoice=found, kind=DocumentKind.INVOICE, at=clock.now())
    answer = HttpResponse(bytes(document.content), content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="{found.number}.pdf"'
    return answer


@require_safe
@staff_page("invoices.view_invoice")
def invoice_einvoice(request: StaffRequest, reference: str) -> HttpResponseBase:
    """The e-invoice as UBL; the PDF carries one too."""
    found = get_invoice(**request.desk.scope, reference=reference)
    try:
        kept = einvoice_for(document=found, syntax=EInvoiceFormat.UBL, at=clock.now())
    except EInvoiceImpossible as error:
        messages.error(request, error.message)
        return redirect("backoffice:invoice", found.public_id)
    return file_response(bytes(kept.content), **einvoice_file(found, EInvoiceFormat.UBL))


class InvoiceAct(Act):
    def load(self, reference: str) -> Invoice:
        return get_invoice(**self.request.desk.scope, reference=reference)

    def done_url(self) -> str:
        return reverse("backoffice:invoice", args=[self.subject.public_id])

    @property
    def due(self) -> str:
        return format_money(self.subject.due_minor, self.subject.currency, locale="en")


class RetryCollection(InvoiceAct):
    permission: ClassVar = "billing.change_collectioncase"
    title: ClassVar = "Charge the invoice again"
    button: ClassVar = "Charge now"

    def consequences(self) -> list[str]:
        return [
            f"{self.due} are charged to the customer's default card, now.",
            "An attempt that is still open is never charged a second time.",
        ]

    def perform(self, answers: dict[str, Any]) -> str:
        # Before the call and in a commit of its own: the reason outlives a crash in the middle.
        at = self.note("retry_collection", answers)
        payment = collect_invoice(invoice_id=self.subject.pk, at=at)
        if payment.status == PaymentStatus.SUCCEEDED:
            return f"{self.due} were paid."
        status = PaymentStatus(payment.status).label
        return f"The charge came back as: {status}. {payment.failure_message}".strip()


class VoidInvoice(InvoiceAct):
    permission: ClassVar = "invoices.change_invoice"
    title: ClassVar = "Void the invoice"
    button: ClassVar = "Void invoice"
    tone: ClassVar = "danger"

    def consequences(self) -> list[str]:
        return [
            f"Nothing is owed for it any more ({self.due}); it keeps its number.",
            "The books take it back with an entry of their own; this cannot be undone.",
            "What it charged for may be billed again.",
        ]

    @transaction.atomic
    def perform(self, answers: dict[str, Any]) -> str:
        at = self.note("void", answers)
        voided = void_unpaid_invoice(invoice_id=self.subject.pk, at=at, reason=answers["reason"])
        return f"Invoice {voided.number} is void."


class WriteOff(InvoiceAct):
    permission: ClassVar = "invoices.change_invoice"
    title: ClassVar = "Write off the invoice"
    button: ClassVar = "Write off"
    tone: ClassVar = "danger"

    def consequences(self) -> list[str]:
        return [
            f"{self.due} are not expected any more: the books count them as bad debt.",
            "Nothing is charged by itself any more, and what failed charges had caused is taken back.",
            "The customer still owes it and may pay; what comes is booked back.",
        ]

    @transaction.atomic
    def perform(self, answers: dict[str, Any]) -> str:
        at = self.note("write_off", answers)
        given_up = write_off_unpaid_invoice(invoice_id=self.subject.pk, at=at, reason=answers["reason"])
        return f"Invoice {given_up.number} is written off."
