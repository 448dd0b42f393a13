from __future__ import annotations

import io
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from PIL import Image, UnidentifiedImageError
from stdnum import iban

from apps.accounts.enums import ApiKeyKind
from apps.accounts.models import Brand
from apps.accounts.services.create_api_key import SCOPE
from apps.customers.profile import time_zones
from apps.entitlements.enums import AccessLevel
from apps.pricing.currencies import is_currency
from apps.pricing.money import Money
from apps.subscriptions.enums import CancelReason

MAX_LOGO_BYTES = 200 * 1024
MAX_LOGO_SIDE = 2000
SET_BY_THE_SYSTEM = {
    CancelReason.PAYMENT_FAILED,
    CancelReason.TRIAL_ENDED,
    CancelReason.TERM_ENDED,
    CancelReason.PARENT_ENDED,
}


class ReasonForm(forms.Form):
    """Why staff do it; kept in the event log for ever."""

    reason = forms.CharField(
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Kept in the event log for ever: name no person in it.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.order_fields([name for name in self.fields if name != "reason"] + ["reason"])


class AccessForm(ReasonForm):
    level = forms.ChoiceField(choices=AccessLevel.choices, label="Access level")


class AdvanceForm(ReasonForm):
    to = forms.DateTimeField(
        label="Advance to (UTC)",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )


class LinesField(forms.CharField):
    """A list of texts, one a line; empty lines do not count."""

    widget = forms.Textarea(attrs={"rows": 4})

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        lines = [line.strip() for line in str(value or "").splitlines()]
        return [line for line in lines if line]


BRAND_SECTIONS = (
    (
        "Legal entity",
        (
            *("name", "legal_name", "address_lines", "country", "tax_id"),
            *("support_email", "website", "terms_url"),
        ),
    ),
    ("Look", ("logo", "remove_logo", "accent_color")),
    (
        "Invoices",
        (
            *("default_currency", "default_time_zone", "invoice_prefix", "invoice_terms", "net_terms_days"),
            *("invoice_grace_hours", "zero_invoice_policy"),
        ),
    ),
    ("Bank account", ("bank_name", "bank_iban", "bank_bic")),
    ("Tax and discounts", ("tax_engine", "tax_rounding", "discount_order", "discount_allocation")),
    ("Refunds", ("refund_approval_minor",)),
    ("Collecting", ("balance_use", "one_trial_per_customer")),
    ("Usage", ("event_identity", "amending_sources")),
)


class BrandForm(forms.ModelForm):
    """The legal entity and how its pages and invoices look."""

    address_lines = LinesField(required=False, help_text="One line of the address on each line.")
    amending_sources = LinesField(
        required=False,
        help_text="One source of usage events on each line. Its repeated id with other content replaces the"
        " event, and the last wins; of every other source the first content stays.",
    )
    refund_approval_minor = forms.DecimalField(
        required=False,
        min_value=0,
        max_digits=15,
        label="Refunds need a second person above",
        help_text="In the default currency; a refund in another currency is compared unit by unit, without"
        " exchange. Empty: one person is enough.",
    )
    logo = forms.FileField(
        required=False,
        label="Logo (PNG)",
        help_text=f"At most {MAX_LOGO_BYTES // 1024} KB and {MAX_LOGO_SIDE} pixels a side.",
        widget=forms.ClearableFileInput(attrs={"accept": "image/png"}),
    )
    remove_logo = forms.BooleanField(required=False, label="Remove the logo")

    class Meta:
        model = Brand
        fields = (
            "name",
            "legal_name",
            "address_lines",
            "country",
            "tax_id",
            "support_email",
            "website",
            "terms_url",
            "accent_color",
            "default_currency",
            "default_time_zone",
            "invoice_prefix",
            "invoice_terms",
            "net_terms_days",
            "invoice_grace_hours",
            "zero_invoice_policy",
            "bank_name",
            "bank_iban",
            "bank_bic",
            "tax_engine",
            "tax_rounding",
            "discount_order",
            "discount_allocation",
            "balance_use",
            "one_trial_per_customer",
            "refund_approval_minor",
            "event_identity",
            "amending_sources",
        )
        widgets = {  # noqa: RUF012 - Django reads it as it is
            "accent_color": forms.TextInput(attrs={"type": "color"}),
            "invoice_terms": forms.Textarea(attrs={"rows": 3}),
        }

    def __init__(self, *args: Any, identity_is_fixed: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        limit = self.instance.refund_approval_minor
        if limit is not None:
            self.initial["refund_approval_minor"] = Money(limit, self.instance.default_currency).major
        identity = self.fields["event_identity"]
        # What a browser sends for a disabled field is not read.
        identity.disabled = identity_is_fixed
        identity.help_text = (
            "Fixed: the brand has usage events."
            if identity_is_fixed
            else "What makes two usage events of a source the same. The first event fixes it for ever."
        )

    def sections(self) -> list[tuple[str, list[forms.BoundField]]]:
        """The fields as the page groups them."""
        return [(heading, [self[name] for name in names]) for heading, names in BRAND_SECTIONS]

    def clean_country(self) -> str:
        return str(self.cleaned_data["country"]).upper()

    def clean_bank_iban(self) -> str:
        """Written as one likes; a slip of the pen would send customers' money elsewhere."""
        number = "".join(str(self.cleaned_data["bank_iban"]).split()).upper()
        if number and not iban.is_valid(number):
            raise forms.ValidationError("This is no IBAN: its check digits do not fit.")
        return number

    def clean(self) -> dict[str, Any]:
        """The limit is typed in major units and kept in minor ones."""
        cleaned = super().clean() or self.cleaned_data
        limit, currency = cleaned.get("refund_approval_minor"), cleaned.get("default_currency")
        if limit is not None and currency:
            cleaned["refund_approval_minor"] = Money.from_exact(limit, currency).minor
        return cleaned

    def clean_default_currency(self) -> str:
        code = str(self.cleaned_data["default_currency"]).upper()
        if not is_currency(code):
            raise forms.ValidationError("This is not an ISO 4217 currency.")
        return code

    def clean_default_time_zone(self) -> str:
        zone = str(self.cleaned_data["default_time_zone"])
        if zone not in time_zones():
            raise forms.ValidationError("This is not an IANA time zone.")
        return zone

    def clean_logo(self) -> bytes | None:
        upload: UploadedFile[Any] | None = self.cleaned_data["logo"]
        return clean_logo(upload.read()) if upload else None


def clean_logo(content: bytes) -> bytes:
    """The picture, written anew: what else the file held (metadata, appended bytes) is left behind.

    Raises:
        ValidationError: no PNG, or too large.
    """
    if len(content) > MAX_LOGO_BYTES:
        raise forms.ValidationError(f"The file is larger than {MAX_LOGO_BYTES // 1024} KB.")
    try:
        with Image.open(io.BytesIO(content), formats=["PNG"]) as picture:
            # Checked before it is decoded: a small file can hold an enormous picture.
            if max(picture.size) > MAX_LOGO_SIDE:
                raise forms.ValidationError(f"The picture has more than {MAX_LOGO_SIDE} pixels a side.")
            picture.load()
            written = io.BytesIO()
            picture.convert("RGBA").save(written, format="PNG", optimize=True)
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise forms.ValidationError("This is not a PNG picture.") from error
    return written.getvalue()


class ApiKeyForm(forms.Form):
    name = forms.CharField(max_length=120, help_text="Where it will be used, such as “shop backend”.")
    kind = forms.ChoiceField(choices=ApiKeyKind.choices)
    scopes = forms.CharField(
        initial="*", help_text="* for everything, or such as customers:read, invoices:read."
    )

    def clean_scopes(self) -> list[str]:
        scopes = [part.strip() for part in self.cleaned_data["scopes"].split(",") if part.strip()]
        wrong = [scope for scope in scopes if not SCOPE.fullmatch(scope)]
        if wrong or not scopes:
            raise forms.ValidationError(f"Not a scope: {', '.join(wrong) or 'nothing'}.")
        return scopes
