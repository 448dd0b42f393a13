"""Credit notes and the customer's balance: what was given back, and the acts that give."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from apps.audit.selectors import timeline_for
from apps.backoffice.access import StaffRequest, staff_page
from apps.backoffice.acts import Act, CustomerAct, ShownAct
from apps.backoffice.credit_forms import AdjustBalanceForm, CreditNoteForm
from apps.backoffice.event_wording import timeline_entries
from apps.backoffice.listing import answer_list
from apps.backoffice.lists import credit_note_list
from apps.backoffice.selectors import credit_notes_listed, currencies_in_use
from apps.backoffice.tax_words import tax_rows
from apps.backoffice.views.invoices import InvoiceAct
from apps.billing.services.collection.pay_from_balance import pay_from_balance
from apps.billing.services.corrections.credit_invoice import credit_invoice
from apps.billing.services.corrections.void_credit import void_credit
from apps.core import clock
from apps.core.api.pdf import file_response, pdf_response
from apps.core.formatting import format_money
from apps.core.public_ids import new_public_id
from apps.invoices.enums import CreditReason, Disposition, DocumentKind, EInvoiceFormat
from apps.invoices.errors import CreditRefused, EInvoiceImpossible
from apps.invoices.file_names import einvoice_file
from apps.invoices.models import CreditNote
from apps.invoices.selectors import creditable_of, get_credit_note
from apps.invoices.services.document import credit_note_document_for
from apps.invoices.services.einvoice import einvoice_for, einvoice_problems
from apps.invoices.services.plan_credit import CreditPlan, plan_credit
from apps.invoices.snapshot import line_explanation
from apps.payments.refund_selectors import owed_of_note
from apps.wallets.selectors import balance_of
from apps.wallets.services.adjust import adjust_balance

SHOWN_EVENTS = 50


@require_safe
@staff_page("invoices.view_creditnote")
def credit_notes(request: StaffRequest) -> HttpResponseBase:
    own = request.desk.scope
    return answer_list(request, credit_notes_listed(**own), credit_note_list(currencies_in_use(**own)))


@require_safe
@staff_page("invoices.view_creditnote")
def credit_note(request: StaffRequest, reference: str) -> HttpResponseBase:
    """One credit note: what it gives back of which line, and where the money goes."""
    found = get_credit_note(**request.desk.scope, reference=reference)
    test_clock = found.customer.test_clock
    events = timeline_for(subject_type="credit_note", subject_id=found.public_id)[:SHOWN_EVENTS]
    context = {
        "note": found,
        "owed_minor": owed_of_note(found),
        "lines": [{"line": line, "why": line_explanation(line)} for line in found.lines.all()],
        "taxes": tax_rows(found.taxes.all().iterator()),
        "einvoice_problems": einvoice_problems(found),
        "events": timeline_entries(events),
        "clock_now": test_clock.now_at if test_clock else None,
        "clock_name": test_clock.name if test_clock else "",
    }
    return render(request, "backoffice/credit_note.html", context)


@require_safe
@staff_page("invoices.view_creditnote")
def credit_note_pdf(request: StaffRequest, reference: str) -> HttpResponseBase:
    """The frozen document, byte for byte what the customer has."""
    found = get_credit_note(**request.desk.scope, reference=reference)
    kept = credit_note_document_for(note=found, kind=DocumentKind.CREDIT_NOTE, at=clock.now())
    return pdf_response(bytes(kept.content), filename=f"{found.number}.pdf")


@require_safe
@staff_page("invoices.view_creditnote")
def credit_note_einvoice(request: StaffRequest, reference: str) -> HttpResponseBase:
    """The e-invoice as UBL; the PDF carries one too."""
    found = get_credit_note(**request.desk.scope, reference=reference)
    try:
        kept = einvoice_for(document=found, syntax=EInvoiceFormat.UBL, at=clock.now())
    except EInvoiceImpossible as error:
        messages.error(request, error.message)
        return redirect("backoffice:credit_note", found.public_id)
    return file_response(bytes(kept.content), **einvoice_file(found, EInvoiceFormat.UBL))


class IssueCreditNote(InvoiceAct, ShownAct):
    """Asks for amounts, shows what they come to, and issues exactly what was shown."""

    permission: ClassVar = "invoices.add_creditnote"
    title: ClassVar = "Issue a credit note"
    shown: CreditPlan | None = None

    @property
    def button(self) -> str:  # type: ignore[override]
        return "Issue credit note" if self.shown else "Show what it comes to"

    def form(self, data: Any = None) -> CreditNoteForm:
        lines = list(self.subject.lines.all())
        left = creditable_of(lines)
        return CreditNoteForm(
            data, lines=[(line, left[line.pk]) for line in lines], currency=self.subject.currency
        )

    def consequences(self) -> list[str]:
        plan = self.shown
        if plan is None:
            return [
                "Discount and tax follow each line in proportion.",
                f"{self.due} of the invoice are still due.",
                "The next page shows what it comes to; nothing is issued before that.",
            ]
        where = (
            (plan.offset_minor, "taken off what is due."),
            (plan.balance_minor, "added to the customer's balance."),
            (plan.refund_minor, "refunded from the invoice's payments."),
        )
        whole = f"{self._money(plan.total_minor)} are given back"
        tax = f", {self._money(plan.tax_minor)} of it tax." if plan.tax_minor else "."
        discount = plan.discount_minor
        off = [f"{self._money(discount)} were discount, and are not given back."] if discount else []
        parts = [f"{self._money(amount)} are {what}" for amount, what in where if amount]
        return [
            whole + tax,
            *off,
            *parts,
            "The credit note gets a number and never changes.",
        ]

    def rehearse(self, form: CreditNoteForm) -> CreditPlan:
        plan = plan_credit(
            invoice=self.subject,
            items=form.items(),
            disposition=Disposition(form.cleaned_data["disposition"]),
        )
        if not plan.total_minor:
            raise CreditRefused("Net of discount these lines cost nothing: there is nothing to give back.")
        return plan

    def seen(self, form: CreditNoteForm, rehearsed: CreditPlan) -> str:
        amounts = [f"{item.line_id}={item.exact_amount}" for item in form.items()]
        parts = f"{rehearsed.total_minor}/{rehearsed.offset_minor}/{rehearsed.balance_minor}"
        return ";".join([*amounts, parts])

    @transaction.atomic
    def perform(self, answers: dict[str, Any]) -> str:
        at = self.note("credit", answers)
        note = credit_invoice(
            invoice_id=self.subject.pk,
            items=self.asked.items(),
            reason=CreditReason(answers["credit_reason"]),
            disposition=Disposition(answers["disposition"]),
            memo=answers["memo"],
            at=at,
        )
        if note is None:
            raise CreditRefused("There is nothing to give back.")
        return f"Credit note {note.number} gives back {self._money(note.total_minor)}."

    def _money(self, minor: int) -> str:
        return format_money(minor, self.subject.currency, locale="en")


class PayFromBalance(InvoiceAct):
    permission: ClassVar = "invoices.change_invoice"
    title: ClassVar = "Pay from the customer's balance"
    button: ClassVar = "Pay from balance"

    def consequences(self) -> list[str]:
        held = balance_of(self.subject.customer_id, self.subject.currency)
        balance = format_money(held, self.subject.currency, locale="en")
        return [f"{self.due} are due, and the balance holds {balance}: the smaller of the two is applied."]

    @transaction.atomic
    def perform(self, answers: dict[str, Any]) -> str:
        at = self.note("pay_from_balance", answers)
        paid = pay_from_balance(invoice_id=self.subject.pk, key=new_public_id("act"), at=at)
        applied = paid.balance_applied_minor - self.subject.balance_applied_minor
        return f"{format_money(applied, paid.currency, locale='en')} were paid from the balance."


class VoidCreditNote(Act):
    permission: ClassVar = "invoices.change_creditnote"
    title: ClassVar = "Void the credit note"
    button: ClassVar = "Void credit note"
    tone: ClassVar = "danger"

    def load(self, reference: str) -> CreditNote:
        return get_credit_note(**self.request.desk.scope, reference=reference)

    def done_url(self) -> str:
        return reverse("backoffice:credit_note", args=[self.subject.public_id])

    def consequences(self) -> list[str]:
        return [
            "What it gave to the balance is taken from it; what it took off the invoice is due again.",
            "It keeps its number, and its lines can be credited again. This cannot be undone.",
        ]

    @transaction.atomic
    def perform(self, answers: dict[str, Any]) -> str:
        at = self.note("void_credit_note", answers)
        voided = void_credit(credit_note_id=self.subject.pk, at=at, reason=answers["reason"])
        return f"Credit note {voided.number} is void."


class AdjustBalance(CustomerAct):
    permission: ClassVar = "wallets.change_customerbalance"
    title: ClassVar = "Change the customer's balance"
    button: ClassVar = "Change balance"
    form_class: ClassVar = AdjustBalanceForm

    def form(self, data: Any = None) -> forms.Form:
        return AdjustBalanceForm(data, initial={"currency": self.subject.currency})

    def consequences(self) -> list[str]:
        held = balance_of(self.subject.pk, self.subject.currency)
        balance = format_money(held, self.subject.currency, locale="en")
        return [
            f"The balance holds {balance}; it never falls below zero.",
            "Later invoices are paid from it before a card is charged, where the brand's settings say so.",
            "The books count it as goodwill.",
        ]

    @transaction.atomic
    def perform(self, answers: dict[str, Any]) -> str:
        at = self.note("adjust_balance", answers)
        moved = adjust_balance(
            customer=self.subject,
            currency=answers["currency"],
            amount_minor=answers["amount_minor"],
            note=answers["note"],
            key=answers["key"],
            at=at,
        )
        after = format_money(moved.balance_after_minor, answers["currency"], locale="en")
        return f"The balance of {self.subject.name} is now {after}."
