"""What staff offer a customer. Days are those of the customer's zone and begin at its midnight."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django import forms

from apps.backoffice.forms import ReasonForm
from apps.billing.quote_terms import QuoteTerms
from apps.billing.services.quotes.keep_quote import LASTS
from apps.customers.models import Customer
from apps.plans.enums import VersionStatus
from apps.plans.models import PlanVersion
from apps.plans.selectors import plans_of_brand
from apps.pricing.periods.wall_clock import start_of_day
from apps.rating.assumed_usage import AssumedUsage
from apps.subscriptions.enums import CollectionMethod


class QuoteForm(ReasonForm):
    plan = forms.ChoiceField(label="Plan", help_text="The version that is named holds its prices.")
    currency = forms.ChoiceField()
    quantity = forms.IntegerField(min_value=1, initial=1, help_text="Seats, where the plan has them.")
    codes = forms.CharField(
        required=False, max_length=300, label="Codes", help_text="Of promotions or coupons, with spaces."
    )
    meter = forms.SlugField(
        required=False, label="Meter", help_text="Code of a meter, to show what usage would cost."
    )
    usage = forms.DecimalField(
        required=False, min_value=0, max_digits=24, decimal_places=12, label="Usage in each period"
    )
    trial_days = forms.IntegerField(
        required=False, min_value=0, max_value=730, label="Trial days", help_text="Empty: the plan's own."
    )
    starts_on = forms.DateField(
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        label="Begins on",
        help_text="Empty: when the customer accepts.",
    )
    collection_method = forms.ChoiceField(choices=CollectionMethod.choices, label="How it is paid")
    days = forms.IntegerField(min_value=1, max_value=365, initial=LASTS.days, label="Valid for days")
    memo = forms.CharField(
        required=False,
        max_length=2000,
        label="Note to the customer",
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, customer: Customer, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.customer = customer
        sold = PlanVersion.objects.filter(
            status=VersionStatus.PUBLISHED,
            plan__in=plans_of_brand(brand_id=customer.brand_id).filter(archived_at=None),
        )
        rows = sold.order_by("plan__position", "plan_id", "-number").values_list(
            "plan__code", "number", "plan__name"
        )
        choices = [(f"{code}:{number}", f"{name}, version {number}") for code, number, name in rows]
        self.fields["plan"].choices = choices  # type: ignore[attr-defined]
        used = sold.order_by("prices__currency").values_list("prices__currency", flat=True).distinct()
        currencies = [code for code in used if code]
        self.fields["currency"].choices = [(code, code) for code in currencies]  # type: ignore[attr-defined]
        self.fields["currency"].initial = customer.currency

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if (cleaned.get("usage") is None) == bool(cleaned.get("meter")):
            self.add_error("usage", "Name a meter and how much of it, or neither.")
        return cleaned

    def terms(self) -> QuoteTerms:
        """What is offered, once the form is valid."""
        given = self.cleaned_data
        plan, _, number = given["plan"].rpartition(":")
        starts_on = given["starts_on"]
        usage = [AssumedUsage(quantity=given["usage"], meter=given["meter"])] if given["meter"] else []
        return QuoteTerms(
            plan=plan,
            version=int(number),
            currency=given["currency"],
            quantity=given["quantity"],
            usage=usage,
            codes=tuple(given["codes"].split()),
            trial_days=given["trial_days"],
            starts_at=start_of_day(starts_on, self.customer.time_zone) if starts_on else None,
            collection_method=CollectionMethod(given["collection_method"]),
        )

    def expires_at(self, at: datetime) -> datetime:
        return at + timedelta(days=self.cleaned_data["days"])
