"""Forms for giving money of a payment back."""

from __future__ import annotations

from typing import Any

from django import forms

from apps.backoffice.forms import ReasonForm
from apps.backoffice.money_forms import MAX_DIGITS
from apps.core.formatting import format_money
from apps.core.public_ids import new_public_id
from apps.payments.enums import RefundReason
from apps.payments.models import Payment
from apps.pricing.currencies import exponent
from apps.pricing.money import Money


class RefundForm(ReasonForm):
    """How much, and why: the amount is typed in major units of the payment's currency."""

    refund_reason = forms.ChoiceField(label="Why it is given back", choices=RefundReason.choices)
    # A page that is sent twice gives back once.
    key = forms.CharField(max_length=60, widget=forms.HiddenInput, initial=lambda: new_public_id("key"))

    def __init__(self, *args: Any, payment: Payment, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.currency = payment.currency
        left = payment.refundable_minor
        shown = format_money(left, payment.currency, locale="en")
        self.fields["amount"] = forms.DecimalField(
            min_value=0,
            max_digits=MAX_DIGITS,
            decimal_places=exponent(payment.currency),
            initial=Money(left, payment.currency).major,
            label=f"Amount ({payment.currency})",
            help_text=f"{shown} are left.",
        )
        self.order_fields(["amount", "refund_reason", "reason"])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("amount") is not None:
            cleaned["amount_minor"] = Money.from_exact(cleaned["amount"], self.currency).minor
        return cleaned
