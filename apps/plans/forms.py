"""Forms of the admin: faults are those of `validation`, shown at the field that they name."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms

from apps.core.errors import FieldError
from apps.core.form_fields import LinesField, SuggestInput
from apps.plans.meter_validation import meter_faults
from apps.plans.models import Meter, PlanVersion, Price, Product
from apps.plans.policies import policy_fault
from apps.plans.price_validation import price_faults, tax_code_faults
from apps.plans.selectors import tax_codes
from apps.plans.terms import PriceTerms, canonical_parameters


class ProductForm(forms.ModelForm):
    """A product; its tax code is one of those in use, or a new one."""

    class Meta:
        model = Product
        fields = ("code", "name", "description", "tax_code")
        widgets = {"tax_code": SuggestInput(tax_codes)}  # noqa: RUF012 - Django's own shape

    def clean_tax_code(self) -> str:
        code = str(self.cleaned_data["tax_code"])
        for fault in tax_code_faults("tax_code", code):
            raise forms.ValidationError(fault.message)
        return code


class PriceForm(forms.ModelForm):
    """One price of a draft; `parameters` is JSON in the shape of its charge model."""

    class Meta:
        model = Price
        fields = (
            "code",
            "name",
            "currency",
            "model",
            "parameters",
            "quantity_source",
            "meter",
            "interval",
            "interval_count",
            "timing",
            "usage_proration",
            "prorated",
            "tax_behavior",
            "tax_code",
            "position",
        )
        widgets = {"tax_code": SuggestInput(tax_codes)}  # noqa: RUF012 - Django's own shape

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        if self.errors:
            return values
        values["currency"] = values["currency"].upper()
        values["parameters"] = parameters = canonical_parameters(values["parameters"])
        if not isinstance(parameters, dict):
            self.add_error("parameters", 'Write an object, such as {"amount": "29.00"}.')
            return values
        meter = values["meter"]
        terms = PriceTerms(
            **{name: values[name] for name in _PLAIN}, meter=None if meter is None else meter.code
        )
        meters = set() if meter is None else {meter.code}
        add_faults(self, price_faults(terms, path="price", is_free=self._is_free(), meters=meters))
        return values

    def _is_free(self) -> bool:
        version = PlanVersion.objects.select_related("plan").filter(pk=self.instance.version_id)
        return any(row.plan.is_free for row in version)


_PLAIN = (
    "code",
    "name",
    "currency",
    "model",
    "parameters",
    "quantity_source",
    "interval",
    "interval_count",
    "timing",
    "usage_proration",
    "prorated",
    "tax_behavior",
    "tax_code",
)


class MeterForm(forms.ModelForm):
    """A meter; what it counts is shown and not asked for once a published price reads it."""

    class Meta:
        model = Meter
        fields = (
            "code",
            "name",
            "unit_name",
            "event_name",
            "aggregation",
            "value_property",
            "value_expression",
            "filters",
            "group_by",
            "unique_mode",
            "carries_over",
            "percentile",
            "rounding",
            "rounding_precision",
            "late_usage",
            "late_usage_periods",
        )
        field_classes = {"group_by": LinesField}  # noqa: RUF012 - Django's own shape

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        if not self.errors:
            # Fields that are shown only are not in the form: their stored values are judged with the rest.
            fields = {name: getattr(self.instance, name) for name in self.Meta.fields}
            add_faults(self, meter_faults(fields | values))
        return values


class PlanVersionForm(forms.ModelForm):
    """The terms of a draft besides its prices."""

    class Meta:
        model = PlanVersion
        fields = (
            "alignment",
            "trial_days",
            "trial_requires_card",
            "trial_end",
            "trial_end_plan",
            "highlights",
            "policies",
        )
        field_classes = {"highlights": LinesField}  # noqa: RUF012 - Django's own shape

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        # The database refuses this even of a draft; all else may wait for publishing.
        if values.get("trial_end") == "downgrade" and values.get("trial_end_plan") is None:
            self.add_error("trial_end_plan", "Name the free plan to fall back to.")
        # An emptied field is an object without entries; the column takes no null.
        values["policies"] = values.get("policies") or {}
        fault = policy_fault(values["policies"])
        if fault is not None:
            self.add_error("policies", f"{fault.field}: {fault.message}" if fault.field else fault.message)
        return values


def add_faults(form: forms.ModelForm[Any], faults: Iterable[FieldError]) -> None:
    """Show each fault at its form field, with the rest of its path in front of the message."""
    for fault in faults:
        path = (fault.field or "").removeprefix("price.")
        name = path.split(".")[0].split("[")[0]
        inner = path.removeprefix(name).lstrip(".")
        message = f"{inner}: {fault.message}" if inner else fault.message
        form.add_error(name if name in form.fields else None, message)
