"""Forms for invoices that staff write by hand, and for money that came without a gateway."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms

from apps.backoffice.forms import ReasonForm
from apps.backoffice.money_forms import MAX_DIGITS, CurrencyField, MoneyForm
from apps.core.formatting import format_day, format_money
from apps.invoices.manual_line import STANDARD, ManualLine
from apps.invoices.models import Invoice
from apps.payments.enums import ReceiptMethod
from apps.pricing.periods.wall_clock import start_of_day
from apps.subscriptions.enums import CollectionMethod


class DraftForm(ReasonForm):
    currency = CurrencyField()
    collection_method = forms.ChoiceField(choices=CollectionMethod.choices, label="How it is paid")
    net_terms_days = forms.IntegerField(min_value=0, max_value=365, label="Due after days")
    po_number = forms.CharField(required=False, max_length=60, label="Purchase order")
    memo = forms.CharField(
        required=False,
        max_length=2000,
        label="Note to the customer",
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class ManualLineForm(ReasonForm):
    """A line as the customer reads it; days are those of the customer's zone, the last one included."""

    description = forms.CharField(max_length=300)
    quantity = forms.DecimalField(max_digits=24, decimal_places=12, initial=1)
    unit_price = forms.DecimalField(
        max_digits=24,
        decimal_places=12,
        help_text="In major units, exact; below zero takes something off.",
    )
    tax_code = forms.CharField(max_length=40, initial=STANDARD, label="Tax code")
    tax_included = forms.BooleanField(required=False, label="The price contains the tax")
    first_day = forms.DateField(
        required=False, widget=forms.DateInput(attrs={"type": "date"}), label="Service from"
    )
    end_day = forms.DateField(
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        label="Service until",
        help_text="The first day after it. Without days the line is earned at once.",
    )

    def line(self, zone: str) -> ManualLine:
        """What was typed in, once the form is valid."""
        given = self.cleaned_data
        first, end = given["first_day"], given["end_day"]
        return ManualLine(
            description=given["description"],
            quantity=given["quantity"],
            unit_price=given["unit_price"],
            tax_code=given["tax_code"],
            tax_included=given["tax_included"],
            period_starts_at=start_of_day(first, zone) if first else None,
            period_ends_at=start_of_day(end, zone) if end else None,
        )


class ReceivedForm(MoneyForm):
    """Money that came, and which of the customer's open invoices it is for."""

    amount = forms.DecimalField(max_digits=MAX_DIGITS, min_value=0)
    method = forms.ChoiceField(choices=ReceiptMethod.choices, label="How it came")
    reference = forms.CharField(max_length=140, help_text="Of the bank: one is written down once.")
    invoices = forms.MultipleChoiceField(
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Paid oldest first. What is too much goes to the customer's balance.",
    )

    def __init__(self, *args: Any, open_invoices: Sequence[Invoice], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["invoices"].choices = [(row.pk, _told(row)) for row in open_invoices]  # type: ignore[attr-defined]


def _told(invoice: Invoice) -> str:
    due = format_money(invoice.due_minor, invoice.currency, locale="en")
    issued = invoice.finalized_at or invoice.created_at
    return f"{invoice.number}, {format_day(issued, locale='en', zone=invoice.time_zone)}: {due} due"
