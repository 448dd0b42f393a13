"""Forms for what a customer holds: coupons, wallets and credit, and how it is taxed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django import forms

from apps.backoffice.forms import ReasonForm
from apps.backoffice.money_forms import MAX_DIGITS, CurrencyField
from apps.core.public_ids import new_public_id
from apps.customers.models import Customer
from apps.plans.models import Meter, Plan
from apps.pricing.currencies import exponent
from apps.pricing.money import Money
from apps.pricing.periods.wall_clock import start_of_day
from apps.subscriptions.models import Subscription
from apps.wallets.enums import GrantKind
from apps.wallets.grant_terms import GrantTerms

ONE_DAY = timedelta(days=1)


class RedeemForm(ReasonForm):
    code = forms.CharField(max_length=60, help_text="Of a promotion code, or of a coupon itself.")
    subscription = forms.ChoiceField(required=False, label="Takes it off")
    # What the page showed; another code than that is shown before it is redeemed.
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, subscriptions: Sequence[Subscription], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.subscriptions = {row.public_id: row for row in subscriptions}
        own = [(key, f"Only {row.plan_version.plan.name}") for key, row in self.subscriptions.items()]
        self.fields["subscription"].choices = [("", "Every invoice that it covers"), *own]  # type: ignore[attr-defined]

    @property
    def chosen(self) -> Subscription | None:
        """The only subscription that it is for, once the form is valid."""
        return self.subscriptions.get(self.cleaned_data["subscription"])


class OpenWalletForm(ReasonForm):
    currency = CurrencyField()
    name = forms.CharField(required=False, max_length=120, help_text="What the customer reads.")
    alert_below = forms.DecimalField(
        required=False,
        min_value=0,
        max_digits=MAX_DIGITS,
        label="Tell when it falls below",
        help_text="In major units; more of them, and automatic top-ups, are in the admin.",
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        below, currency = cleaned.get("alert_below"), cleaned.get("currency")
        cleaned["alert_minor"] = minor_of(self, "alert_below", below, currency) if below and currency else 0
        return cleaned


class GrantCreditForm(ReasonForm):
    """Credit for a wallet, in major units; a day is one of the customer's zone."""

    kind = forms.ChoiceField(choices=GrantKind.choices, widget=forms.RadioSelect)
    amount = forms.DecimalField(min_value=0, max_digits=MAX_DIGITS)
    name = forms.CharField(required=False, max_length=120, help_text="What the customer reads.")
    last_day = forms.DateField(
        required=False,
        label="Last day",
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text="Expires at its end; empty is never.",
    )
    priority = forms.IntegerField(min_value=1, max_value=50, initial=25, help_text="The lower burns first.")
    plans = forms.ModelMultipleChoiceField(
        Plan.objects.order_by("name"), required=False, help_text="Pays only these; none is all."
    )
    meters = forms.ModelMultipleChoiceField(
        Meter.objects.order_by("name"), required=False, help_text="Pays only their usage; none is all."
    )
    # A page that is sent twice gives once.
    key = forms.CharField(max_length=60, widget=forms.HiddenInput, initial=lambda: new_public_id("key"))

    def __init__(self, *args: Any, currency: str, zone: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.currency, self.zone = currency, zone
        self.fields["amount"].label = f"Amount ({currency})"
        self.fields["kind"].initial = GrantKind.PROMOTIONAL

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("amount") is not None:
            cleaned["amount_minor"] = minor_of(self, "amount", cleaned["amount"], self.currency)
        return cleaned

    def terms(self) -> GrantTerms:
        """What was asked for, once the form is valid."""
        values = self.cleaned_data
        return GrantTerms(
            kind=GrantKind(values["kind"]),
            amount_minor=values["amount_minor"],
            name=values["name"],
            priority=values["priority"],
            expires_at=self._expires_at(),
            plan_ids=tuple(plan.pk for plan in values["plans"]),
            meter_ids=tuple(meter.pk for meter in values["meters"]),
        )

    def _expires_at(self) -> datetime | None:
        last = self.cleaned_data["last_day"]
        return start_of_day(last + ONE_DAY, self.zone) if last else None


class ExemptionForm(ReasonForm):
    tax_exempt = forms.BooleanField(required=False, label="Exempt from tax")
    tax_exempt_reason = forms.CharField(
        required=False,
        max_length=200,
        label="Certificate or rule",
        help_text="Printed on invoices.",
    )

    def __init__(self, *args: Any, customer: Customer, **kwargs: Any) -> None:
        initial = {"tax_exempt": customer.tax_exempt, "tax_exempt_reason": customer.tax_exempt_reason}
        super().__init__(*args, initial=initial, **kwargs)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("tax_exempt") and not cleaned.get("tax_exempt_reason"):
            self.add_error("tax_exempt_reason", "Say which: it stands on invoices.")
        return cleaned


def minor_of(form: forms.Form, name: str, amount: Any, currency: str) -> int:
    """An amount above 0 in minor units; what the currency does not have is an error at its field."""
    minor = amount.scaleb(exponent(currency))
    if minor <= 0 or minor != minor.to_integral_value():
        smallest = Money(1, currency).major
        form.add_error(name, f"Write an amount above 0 in steps of {smallest}.")
        return 0
    return int(minor)
