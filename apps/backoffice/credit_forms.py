"""Forms for giving money back: amounts are typed in major units of the invoice's currency."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms

from apps.backoffice.forms import ReasonForm
from apps.backoffice.money_forms import MAX_DIGITS, MoneyForm
from apps.core.formatting import format_money
from apps.core.public_ids import new_public_id
from apps.invoices.enums import CreditReason, Disposition
from apps.invoices.models import InvoiceLine
from apps.invoices.services.plan_credit import CreditItem
from apps.pricing.currencies import exponent
from apps.pricing.money import Money


class CreditNoteForm(ReasonForm):
    """An amount for each line of an invoice that has something left; empty lines are left alone."""

    credit_reason = forms.ChoiceField(label="Why it is given back", choices=CreditReason.choices)
    disposition = forms.ChoiceField(
        label="Where the money goes", choices=Disposition.choices, widget=forms.RadioSelect
    )
    memo = forms.CharField(
        required=False,
        max_length=2000,
        label="Note to the customer",
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    # What the page showed; another amount than that is shown again before it is done.
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, lines: Sequence[tuple[InvoiceLine, int]], currency: str, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.currency = currency
        self.lines = [(line, left) for line, left in lines if left > 0]
        self.fields["disposition"].initial = Disposition.AUTOMATIC
        for line, left in self.lines:
            self.fields[f"line_{line.pk}"] = self._amount(line, left)
        self.order_fields([f"line_{line.pk}" for line, _ in self.lines])

    def _amount(self, line: InvoiceLine, left: int) -> forms.DecimalField:
        amount = format_money(left, self.currency, locale="en")
        return forms.DecimalField(
            required=False,
            min_value=0,
            max_value=Money(left, self.currency).major,
            max_digits=MAX_DIGITS,
            decimal_places=exponent(self.currency),
            label=line.description,
            help_text=f"At most {amount}, before discount and tax.",
        )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        amounts = [cleaned.get(f"line_{line.pk}") for line, _ in self.lines]
        if not self.errors and not any(amounts):
            raise forms.ValidationError("Write an amount for at least one line.")
        return cleaned

    def items(self) -> list[CreditItem]:
        """The lines with an amount, once the form is valid."""
        asked = [(line.pk, self.cleaned_data.get(f"line_{line.pk}")) for line, _ in self.lines]
        return [CreditItem(line_id=key, exact_amount=amount) for key, amount in asked if amount]


class AdjustBalanceForm(MoneyForm):
    amount = forms.DecimalField(
        max_digits=MAX_DIGITS,
        label="Amount",
        help_text="Positive gives to the balance, negative takes from it.",
    )
    note = forms.CharField(max_length=300, label="Note to the customer")
    # A page that is sent twice moves money once.
    key = forms.CharField(max_length=60, widget=forms.HiddenInput, initial=lambda: new_public_id("key"))
