"""Forms of the admin: faults are those of the profile, shown at the field that they name."""

from __future__ import annotations

from typing import Any

from django import forms

from apps.core.errors import DomainError
from apps.core.form_fields import LinesField
from apps.customers.enums import MemberRole
from apps.customers.models import Customer
from apps.customers.profile import PROFILE_FIELDS, clean_profile


class CustomerForm(forms.ModelForm):
    class Meta:
        model = Customer
        fields = (
            "brand",
            "livemode",
            "name",
            "email",
            "extra_recipients",
            "phone",
            "external_id",
            "currency",
            "country",
            "address_lines",
            "postal_code",
            "city",
            "region",
            "tax_id",
            "tax_exempt",
            "tax_exempt_reason",
            "po_number",
            "time_zone",
            "locale",
            "net_terms_days",
            "invoice_grace_hours",
            "metadata",
        )
        field_classes = {  # noqa: RUF012 - Django's own shape
            "extra_recipients": LinesField,
            "address_lines": LinesField,
        }

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        profile = {name: value for name, value in values.items() if name in PROFILE_FIELDS}
        try:
            return values | clean_profile(profile)
        except DomainError as error:
            for fault in error.field_errors():
                name = (fault.field or "").split("[")[0]
                self.add_error(name if name in self.fields else None, fault.message)
        return values


class MemberFormSet(forms.BaseInlineFormSet):
    """The members of one customer, saved as a whole: whoever had an owner keeps one."""

    def clean(self) -> None:
        super().clean()
        if any(self.errors):
            return
        had_owner = any(form.initial.get("role") == MemberRole.OWNER for form in self.initial_forms)
        kept = [form for form in self.forms if form not in self.deleted_forms]
        has_owner = any(form.cleaned_data.get("role") == MemberRole.OWNER for form in kept)
        if had_owner and not has_owner:
            raise forms.ValidationError("The last owner stays: make another member owner first.")
