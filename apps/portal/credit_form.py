"""When a wallet tells that it runs low, and when it buys more: amounts are typed in major units."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext, gettext_lazy

from apps.plans.enums import Interval
from apps.portal.forms import ServiceForm
from apps.pricing.currencies import exponent
from apps.pricing.money import Money
from apps.wallets.enums import TopUpRule
from apps.wallets.grant_terms import TopUpTerms
from apps.wallets.models import Wallet

MOST_ALERTS = 3
_TOP_UP_FIELDS = ("rule", "amount_minor", "threshold_minor", "interval", "monthly_cap_minor")


class _AmountForm(ServiceForm):
    """Amounts of one currency."""

    currency: str

    def minor(self, major: Decimal) -> int:
        """Minor units of an amount; one that the currency cannot have is not rounded for anybody."""
        minor = major.scaleb(exponent(self.currency))
        if minor != minor.to_integral_value():
            raise forms.ValidationError(
                gettext("%(currency)s has no such small amounts.") % {"currency": self.currency}
            )
        return int(minor)


class BuyCreditForm(_AmountForm):
    """How much prepaid credit to buy."""

    amount_minor = forms.DecimalField(
        label=gettext_lazy("Amount"),
        min_value=0,
        max_digits=12,
        widget=forms.NumberInput(attrs={"inputmode": "decimal", "autofocus": True}),
    )

    def __init__(self, data: Mapping[str, Any] | None, *, wallet: Wallet) -> None:
        self.currency = wallet.currency
        super().__init__(data)
        self.fields["amount_minor"].help_text = gettext("In %(currency)s.") % {"currency": wallet.currency}

    def clean_amount_minor(self) -> int:
        return self.minor(self.cleaned_data["amount_minor"])


class CreditSettingsForm(_AmountForm):
    """Names are those of the wallet's fields, so that refusals find theirs."""

    alert_thresholds = forms.CharField(
        label=gettext_lazy("Warn me here when the credit falls below"),
        required=False,
        help_text=gettext_lazy("Up to three amounts, one in each line. Leave it empty for none."),
        widget=forms.Textarea(attrs={"rows": 3, "inputmode": "decimal"}),
    )
    rule = forms.ChoiceField(
        label=gettext_lazy("Buy more credit by itself"),
        choices=[
            (TopUpRule.NONE.value, gettext_lazy("Never")),
            (TopUpRule.THRESHOLD.value, gettext_lazy("When the credit falls below an amount")),
            (TopUpRule.INTERVAL.value, gettext_lazy("At regular times")),
        ],
        widget=forms.RadioSelect,
    )
    amount_minor = forms.DecimalField(label=gettext_lazy("How much each time"), required=False, min_value=0)
    threshold_minor = forms.DecimalField(
        label=gettext_lazy("Below which amount"), required=False, min_value=0
    )
    interval = forms.ChoiceField(
        label=gettext_lazy("How often"),
        required=False,
        choices=[
            ("", "—"),
            (Interval.WEEK.value, gettext_lazy("Every week")),
            (Interval.MONTH.value, gettext_lazy("Every month")),
            (Interval.QUARTER.value, gettext_lazy("Every quarter")),
            (Interval.YEAR.value, gettext_lazy("Every year")),
        ],
    )
    monthly_cap_minor = forms.DecimalField(
        label=gettext_lazy("At most in a month"),
        required=False,
        min_value=0,
        help_text=gettext_lazy("Leave it empty for no limit."),
    )

    def __init__(self, data: Mapping[str, Any] | None, *, wallet: Wallet, may_top_up: bool) -> None:
        self.currency = wallet.currency
        super().__init__(data, initial=self._initial(wallet))
        if not may_top_up:
            for name in _TOP_UP_FIELDS:
                del self.fields[name]
        self.may_top_up = may_top_up

    def clean_alert_thresholds(self) -> list[int]:
        lines = [line.strip() for line in self.cleaned_data["alert_thresholds"].splitlines() if line.strip()]
        if len(lines) > MOST_ALERTS:
            raise forms.ValidationError(gettext("These are more than three amounts."))
        field = forms.DecimalField(min_value=Decimal(0), max_digits=15)
        return [self.minor(field.clean(line)) for line in lines]

    def clean_amount_minor(self) -> int | None:
        return self._optional_minor("amount_minor")

    def clean_threshold_minor(self) -> int | None:
        return self._optional_minor("threshold_minor")

    def clean_monthly_cap_minor(self) -> int | None:
        return self._optional_minor("monthly_cap_minor")

    def changes(self) -> dict[str, Any]:
        """The cleaned fields as `update_wallet` takes them."""
        values = self.cleaned_data
        changes: dict[str, Any] = {"alert_thresholds": values["alert_thresholds"]}
        if self.may_top_up:
            terms = {name: values[name] for name in _TOP_UP_FIELDS if name != "rule"}
            changes["top_up"] = TopUpTerms(rule=TopUpRule(values["rule"]), **terms)
        return changes

    def _initial(self, wallet: Wallet) -> dict[str, Any]:
        amounts = ("amount_minor", "threshold_minor", "monthly_cap_minor")
        known = {name: getattr(wallet, f"top_up_{name}") for name in amounts}
        return {
            "alert_thresholds": "\n".join(f"{self._major(minor):f}" for minor in wallet.alert_thresholds),
            "rule": wallet.top_up_rule,
            "interval": wallet.top_up_interval,
            **{name: None if minor is None else self._major(minor) for name, minor in known.items()},
        }

    def _optional_minor(self, name: str) -> int | None:
        value = self.cleaned_data[name]
        return None if value is None else self.minor(value)

    def _major(self, minor: int) -> Decimal:
        return Money(minor, self.currency).major
