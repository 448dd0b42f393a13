"""Bank statements: imported, matched by themselves where that is sure, and by staff where it is not."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from apps.backoffice.access import StaffRequest, staff_page
from apps.backoffice.account_forms import MatchLineForm, StatementForm
from apps.backoffice.acts import Act
from apps.backoffice.listing import answer_list
from apps.backoffice.lists.accounts import BANK_LINE_LIST
from apps.backoffice.services.note_act import note_act
from apps.billing.services.statements.match_lines import invoices_that_fit, match_lines
from apps.billing.services.statements.pay_from_line import pay_from_line
from apps.core import clock
from apps.core.errors import DomainError
from apps.core.formatting import format_money
from apps.customers.selectors import now_for
from apps.payments.models import BankStatementLine
from apps.payments.services.close_line import close_line, lock_line
from apps.payments.services.import_statement import import_statement
from apps.payments.statement_selectors import get_line, statement_lines


@require_safe
@staff_page("payments.view_bankstatementline")
def bank_lines(request: StaffRequest) -> HttpResponseBase:
    return answer_list(request, statement_lines(**request.desk.scope), BANK_LINE_LIST)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page("payments.add_bankstatementline")
def import_bank_statement(request: StaffRequest) -> HttpResponseBase:
    if request.method != "POST":
        return _import_page(request, StatementForm())
    form = StatementForm(request.POST, request.FILES)
    if not form.is_valid():
        return _import_page(request, form, status=422)
    desk, now = request.desk, clock.now()
    try:
        content = form.cleaned_data["statement"].read()
        count = import_statement(brand=desk.brand, livemode=desk.livemode, content=content, at=now)
    except DomainError as error:
        form.add_error("statement", error.message)
        return _import_page(request, form, status=error.status)
    matched = match_lines(brand_id=desk.brand.pk, livemode=desk.livemode, at=now)
    messages.success(request, f"{count} new lines; {matched} were matched by themselves.")
    return redirect("backoffice:bank_lines")


def _import_page(request: StaffRequest, form: StatementForm, status: int = 200) -> HttpResponseBase:
    return render(request, "backoffice/import_statement.html", {"form": form}, status=status)


class LineAct(Act):
    """An act on a line of the brand's bank statements."""

    permission: ClassVar = "payments.change_bankstatementline"
    subject: BankStatementLine

    def load(self, reference: str) -> BankStatementLine:
        return get_line(**self.request.desk.scope, reference=reference)

    def done_url(self) -> str:
        return reverse("backoffice:bank_lines")

    def consequences(self) -> list[str]:
        line = self.subject
        amount = format_money(line.amount_minor, line.currency, locale="en")
        who = f" from {line.counterparty}" if line.counterparty else ""
        return [f"{amount}{who} on {line.booked_on}: “{line.reference}”."]


class MatchLine(LineAct):
    title: ClassVar = "Say what a transfer pays"
    button: ClassVar = "Match"

    def form(self, data: Any = None) -> forms.Form:
        fitting = invoices_that_fit(self.subject)
        targets = [
            (
                invoice.public_id,
                f"{invoice.number} of {invoice.customer.name}: "
                f"{format_money(invoice.due_minor, invoice.currency, locale='en')} due",
            )
            for invoice in fitting
        ]
        return MatchLineForm(data, desk=self.request.desk.scope, targets=targets)

    @transaction.atomic
    def perform(self, answers: dict[str, Any]) -> str:
        chosen = [i for i in invoices_that_fit(self.subject) if i.public_id == answers["target"]]
        customer = chosen[0].customer if chosen else answers["found"]
        at: datetime = now_for(customer)
        payment = pay_from_line(
            line_id=self.subject.pk, customer=customer, invoice_ids=[i.pk for i in chosen], at=at
        )
        note_act(subject=payment, act="match_bank_line", reason=answers["reason"], at=at)
        return f"The transfer is a payment of {customer.name}."


class SetLineAside(LineAct):
    title: ClassVar = "Set a line aside"
    button: ClassVar = "Set aside"

    def consequences(self) -> list[str]:
        return [*super().consequences(), "Nothing is booked: the line is somebody else's business."]

    @transaction.atomic
    def perform(self, answers: dict[str, Any]) -> str:
        at = clock.now()
        line = lock_line(line_id=self.subject.pk)
        close_line(line=line, payment=None, at=at)
        note_act(subject=line, act="set_bank_line_aside", reason=answers["reason"], at=at)
        return "The line is set aside."
