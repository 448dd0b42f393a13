"""Forms in which staff type an amount: in major units of a currency that they name."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms

from apps.backoffice.forms import ReasonForm
from apps.pricing.currencies import exponent, is_currency
from apps.pricing.money import Money

# More than any column of money holds is refused by the form, not by the database.
MAX_DIGITS = 15


class CurrencyField(forms.CharField):
    """An ISO 4217 code, in capitals."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_length=3, max_length=3, help_text="ISO 4217, such as EUR.", **kwargs)

    def clean(self, value: Any) -> str:
        code = str(super().clean(value)).upper()
        if not is_currency(code):
            raise forms.ValidationError("This is not an ISO 4217 currency.")
        return code


class MoneyForm(ReasonForm):
    """An amount and its currency; `amount_minor` is what they come to in minor units, never 0."""

    amount = forms.DecimalField(max_digits=MAX_DIGITS)
    currency = CurrencyField()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        amount, currency = cleaned.get("amount"), cleaned.get("currency")
        if amount is None or currency is None:
            return cleaned
        minor = Decimal(amount).scaleb(exponent(currency))
        if not minor or minor != minor.to_integral_value():
            self.add_error("amount", f"Write an amount in steps of {Money(1, currency).major}, and not 0.")
            return cleaned
        cleaned["amount_minor"] = int(minor)
        return cleaned
