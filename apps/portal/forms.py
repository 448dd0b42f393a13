"""What customers fill in. A form checks shape; whether a value can be true is the service's to say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, cast

from django import forms
from django.utils.timezone import get_current_timezone_name
from django.utils.translation import get_language, gettext, gettext_lazy

from apps.billing.enums import CancelTiming
from apps.core.errors import DomainError
from apps.core.formatting import FALLBACK_LOCALE, format_day
from apps.customers.enums import MemberRole
from apps.customers.models import Customer
from apps.customers.profile import time_zones
from apps.customers.territories import country_choices
from apps.subscriptions.enums import CancelReason
from apps.taxes.enums import IdKind
from apps.taxes.tax_ids import read_tax_id

SET_BY_THE_SYSTEM = (
    CancelReason.PAYMENT_FAILED,
    CancelReason.TRIAL_ENDED,
    CancelReason.REPLACED,
    CancelReason.TERM_ENDED,
    CancelReason.PARENT_ENDED,
)
OFFERED_REASONS = [reason for reason in CancelReason if reason not in SET_BY_THE_SYSTEM]
LOCALES = [
    ("en", "English"),
    ("en-GB", "English (United Kingdom)"),
    ("de", "Deutsch"),
    ("fr", "Français"),
    ("es", "Español"),
    ("it", "Italiano"),
    ("hi", "हिन्दी"),
    ("ja", "日本語"),
    ("nl", "Nederlands"),
    ("pt", "Português"),
]


class ServiceForm(forms.Form):
    """A form that shows a service's refusals at the fields that they are about."""

    def offer(self, field: str, choices: Sequence[tuple[str, Any]]) -> None:
        cast("forms.ChoiceField", self.fields[field]).choices = choices

    def refuse(self, error: DomainError) -> None:
        for fault in error.field_errors():
            name = (fault.field or "").partition("[")[0]
            self.add_error(name if name in self.fields else None, fault.message)
        if not error.field_errors():
            self.add_error(None, error.message)


class AccountForm(ServiceForm):
    """A new customer: only what billing cannot do without."""

    name = forms.CharField(
        label=gettext_lazy("Name or company"),
        max_length=200,
        help_text=gettext_lazy("As it shall stand on invoices."),
        widget=forms.TextInput(attrs={"autocomplete": "organization", "autofocus": True}),
    )
    country = forms.ChoiceField(
        label=gettext_lazy("Country"), widget=forms.Select(attrs={"autocomplete": "country"})
    )
    currency = forms.ChoiceField(label=gettext_lazy("Currency"), required=False)
    time_zone = forms.ChoiceField(
        label=gettext_lazy("Time zone"),
        help_text=gettext_lazy("Billing periods begin at midnight there."),
        widget=forms.Select(attrs={"data-browser-zone": ""}),
    )

    def __init__(self, *args: Any, currencies: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own = ("", gettext_lazy("That of my country"))
        self.offer("country", [("", "—"), *_countries()])
        self.offer("currency", [own, *((code, code) for code in currencies)])
        self.offer("time_zone", _zones())


class BillingDetailsForm(ServiceForm):
    name = forms.CharField(label=gettext_lazy("Name or company"), max_length=200)
    email = forms.EmailField(
        label=gettext_lazy("E-mail for invoices"), widget=forms.EmailInput(attrs={"autocomplete": "email"})
    )
    extra_recipients = forms.CharField(
        label=gettext_lazy("Further recipients"),
        required=False,
        help_text=gettext_lazy("One address in each line; they get every invoice and receipt too."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    address_lines = forms.CharField(
        label=gettext_lazy("Street and number"), required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    postal_code = forms.CharField(label=gettext_lazy("Postal code"), required=False, max_length=20)
    city = forms.CharField(label=gettext_lazy("City"), required=False, max_length=100)
    region = forms.CharField(label=gettext_lazy("State or region"), required=False, max_length=100)
    country = forms.ChoiceField(label=gettext_lazy("Country"), required=False)
    tax_id = forms.CharField(
        label=gettext_lazy("Tax ID"),
        required=False,
        max_length=40,
        help_text=gettext_lazy("Your VAT or GST number."),
    )
    po_number = forms.CharField(
        label=gettext_lazy("Purchase order number"),
        required=False,
        max_length=60,
        help_text=gettext_lazy("Printed on each new invoice."),
    )
    time_zone = forms.ChoiceField(label=gettext_lazy("Time zone"))
    locale = forms.ChoiceField(label=gettext_lazy("Language of invoices"))

    LISTS = ("extra_recipients", "address_lines")
    GROUPS = (
        ("contact", ("name", "email", "extra_recipients")),
        ("address", ("address_lines", "postal_code", "city", "region", "country", "tax_id")),
        ("invoices", ("po_number", "locale", "time_zone")),
    )

    def __init__(self, data: Mapping[str, Any] | None, *, customer: Customer) -> None:
        initial = {name: getattr(customer, name) for name in self.base_fields}
        initial |= {name: "\n".join(initial[name]) for name in self.LISTS}
        super().__init__(data, initial=initial)
        self.offer("country", [("", "—"), *_countries()])
        self.offer("time_zone", _zones())
        known = dict(LOCALES)
        own = customer.locale
        self.offer("locale", LOCALES if own in known else [(own, own), *LOCALES])

    def changes(self) -> dict[str, Any]:
        """The cleaned fields as `update_customer` takes them."""
        lists = {name: self.cleaned_data[name].splitlines() for name in self.LISTS}
        return self.cleaned_data | lists

    def group(self, name: str) -> list[forms.BoundField]:
        return [self[field] for field in dict(self.GROUPS)[name]]

    @property
    def contact(self) -> list[forms.BoundField]:
        return self.group("contact")

    @property
    def address(self) -> list[forms.BoundField]:
        return self.group("address")

    @property
    def invoices(self) -> list[forms.BoundField]:
        return self.group("invoices")


class CheckoutAddressForm(ServiceForm):
    """Where a buyer is: asked before a purchase whose tax depends on it."""

    name = forms.CharField(
        label=gettext_lazy("Name or company"),
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )
    address_lines = forms.CharField(
        label=gettext_lazy("Street and number"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 2, "autocomplete": "street-address"}),
    )
    postal_code = forms.CharField(
        label=gettext_lazy("Postal code"),
        required=False,
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "postal-code"}),
    )
    city = forms.CharField(
        label=gettext_lazy("City"),
        required=False,
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "address-level2"}),
    )
    region = forms.CharField(
        label=gettext_lazy("State or region"),
        required=False,
        max_length=100,
        help_text=gettext_lazy("Needed in the United States and in India."),
        widget=forms.TextInput(attrs={"autocomplete": "address-level1"}),
    )
    country = forms.ChoiceField(
        label=gettext_lazy("Country"), widget=forms.Select(attrs={"autocomplete": "country"})
    )
    tax_id = forms.CharField(
        label=gettext_lazy("Tax ID"),
        required=False,
        max_length=40,
        help_text=gettext_lazy("Your VAT or GST number, if you buy for a business."),
    )

    def __init__(self, data: Mapping[str, Any] | None, *, customer: Customer) -> None:
        initial = {name: getattr(customer, name) for name in self.base_fields}
        super().__init__(data, initial=initial | {"address_lines": "\n".join(customer.address_lines)})
        self.offer("country", [("", "—"), *_countries()])

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        tax_id, country = values.get("tax_id"), values.get("country")
        # Known at once, and before the price: no register has to be asked about a slip of the pen.
        read = read_tax_id(tax_id, country) if tax_id and country else None
        if read and read.kind != IdKind.OTHER and not read.is_well_formed:
            fault = gettext("Its form or its check digit is wrong. Please compare it with your registration.")
            self.add_error("tax_id", fault)
        return values

    def changes(self) -> dict[str, Any]:
        """The cleaned fields as `update_customer` takes them."""
        return self.cleaned_data | {"address_lines": self.cleaned_data["address_lines"].splitlines()}


class CheckoutForm(ServiceForm):
    """The click that buys. `shown` is the digest of the words that stood beside the box."""

    quantity = forms.IntegerField(min_value=1, max_value=100_000, required=False)
    shown = forms.CharField(max_length=64)
    agreed = forms.BooleanField(required=False)
    setup_intent = forms.CharField(required=False, max_length=255)


class CancelForm(ServiceForm):
    """Why, and when: at the end of what is paid, or now where that is offered."""

    when = forms.ChoiceField(
        label=gettext_lazy("When shall it end?"), widget=forms.RadioSelect, required=False
    )
    reason = forms.ChoiceField(
        label=gettext_lazy("Why do you cancel?"),
        choices=[(reason.value, gettext_lazy(str(reason.label))) for reason in OFFERED_REASONS],
        widget=forms.RadioSelect,
    )
    comment = forms.CharField(
        label=gettext_lazy("Anything that we should know"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, timings: Sequence[CancelTiming], ends_at: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if len(timings) == 1:
            del self.fields["when"]
            return
        day = format_day(ends_at, locale=get_language() or FALLBACK_LOCALE, zone=get_current_timezone_name())
        words = {
            CancelTiming.PERIOD_END: gettext("On %(day)s, when what is paid ends") % {"day": day},
            CancelTiming.NOW: gettext("Now"),
        }
        self.offer("when", [(timing.value, words[timing]) for timing in timings])
        self.fields["when"].required = True
        self.fields["when"].initial = timings[0].value


class InviteForm(ServiceForm):
    email = forms.EmailField(label=gettext_lazy("E-mail address"))
    role = forms.ChoiceField(
        label=gettext_lazy("Role"),
        choices=[(role.value, gettext_lazy(str(role.label))) for role in MemberRole],
    )


def _countries() -> list[tuple[str, str]]:
    return country_choices(get_language() or FALLBACK_LOCALE)


def _zones() -> list[tuple[str, str]]:
    return [(name, name.replace("_", " ")) for name in sorted(time_zones())]
