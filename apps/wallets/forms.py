"""Forms of the admin. Amounts are written in minor units; services check them."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.postgres.forms import SimpleArrayField

from apps.core.public_ids import new_public_id
from apps.plans.enums import Interval
from apps.plans.models import Meter, Plan
from apps.pricing.currencies import is_currency
from apps.wallets.enums import GrantKind, Rollover, TopUpRule
from apps.wallets.grant_terms import GrantTerms, TopUpTerms
from apps.wallets.models import Wallet


class ReasonForm(forms.Form):
    """Why something is done; the customer may read it."""

    reason = forms.CharField(max_length=300)


class OpenWalletForm(forms.ModelForm):
    """A new wallet; its rule follows once it is there."""

    class Meta:
        model = Wallet
        fields = ("customer", "currency", "name")

    def clean_currency(self) -> str:
        currency = str(self.cleaned_data["currency"]).upper()
        if not is_currency(currency):
            raise forms.ValidationError(f"'{currency}' is no ISO 4217 currency.")
        return currency


class GrantForm(forms.Form):
    """Credit that staff give."""

    kind = forms.ChoiceField(
        choices=GrantKind.choices, help_text="Prepaid pays after tax, promotional before."
    )
    amount_minor = forms.IntegerField(label="Amount", min_value=1, help_text="Minor units: 1999 is 19.99.")
    name = forms.CharField(max_length=120, required=False, help_text="What the customer reads.")
    priority = forms.IntegerField(min_value=1, max_value=50, initial=25, help_text="The lower burns first.")
    expires_at = forms.DateTimeField(required=False, help_text="UTC; empty is never.")
    plans = forms.ModelMultipleChoiceField(Plan.objects.order_by("code"), required=False)
    meters = forms.ModelMultipleChoiceField(Meter.objects.order_by("code"), required=False)
    rollover = forms.ChoiceField(choices=Rollover.choices, initial=Rollover.NONE)
    rollover_percent = forms.IntegerField(min_value=1, max_value=100, initial=100)
    # A page that is sent twice gives once.
    key = forms.CharField(max_length=60, widget=forms.HiddenInput, initial=lambda: new_public_id("key"))

    def terms(self) -> GrantTerms:
        """What was asked for."""
        values: dict[str, Any] = self.cleaned_data
        return GrantTerms(
            kind=GrantKind(values["kind"]),
            amount_minor=values["amount_minor"],
            name=values["name"],
            priority=values["priority"],
            expires_at=values["expires_at"],
            plan_ids=tuple(plan.pk for plan in values["plans"]),
            meter_ids=tuple(meter.pk for meter in values["meters"]),
            rollover=Rollover(values["rollover"]),
            rollover_percent=values["rollover_percent"],
        )


class WalletForm(forms.Form):
    """What of a wallet may be changed."""

    name = forms.CharField(max_length=120, required=False)
    alert_thresholds = SimpleArrayField(
        forms.IntegerField(min_value=1), required=False, help_text="Minor units, with commas between."
    )
    rule = forms.ChoiceField(choices=TopUpRule.choices)
    amount_minor = forms.IntegerField(label="Top-up amount", min_value=1, required=False)
    threshold_minor = forms.IntegerField(label="Threshold", min_value=1, required=False)
    interval = forms.ChoiceField(choices=[("", "–"), *Interval.choices], required=False)
    interval_count = forms.IntegerField(min_value=1, max_value=100, initial=1, required=False)
    monthly_cap_minor = forms.IntegerField(label="Monthly cap", min_value=1, required=False)

    def values(self) -> dict[str, Any]:
        """Arguments of `update_wallet`; a rule that stays the same is left alone."""
        named = {name: self.cleaned_data[name] for name in ("name", "alert_thresholds")}
        rule = {name: self.cleaned_data[name] for name in self.fields if name not in named}
        if not set(rule) & set(self.changed_data):
            return named
        rule |= {"rule": TopUpRule(rule["rule"]), "interval_count": rule["interval_count"] or 1}
        return named | {"top_up": TopUpTerms(**rule)}


def rule_of(wallet: Wallet) -> dict[str, Any]:
    """A wallet as `WalletForm` shows it."""
    return {
        "name": wallet.name,
        "alert_thresholds": wallet.alert_thresholds,
        "rule": wallet.top_up_rule,
        "amount_minor": wallet.top_up_amount_minor,
        "threshold_minor": wallet.top_up_threshold_minor,
        "interval": wallet.top_up_interval,
        "interval_count": wallet.top_up_interval_count,
        "monthly_cap_minor": wallet.top_up_monthly_cap_minor,
    }
