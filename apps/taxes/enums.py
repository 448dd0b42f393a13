from __future__ import annotations

from django.db import models


class Scheme(models.TextChoices):
    """Under which law a brand is registered."""

    VAT = "vat", "VAT"
    """Ordinary VAT of one country: an EU state, the United Kingdom, Norway …"""
    OSS_UNION = "oss_union", "EU One Stop Shop (union scheme)"
    """A seller in the EU declares sales to consumers in the other states: Directive 2006/112, art. 369a."""
    OSS_NON_UNION = "oss_non_union", "EU One Stop Shop (non-union scheme)"
    """A seller outside the EU declares services to consumers in it (Directive 2006/112, art. 358a)."""
    SMALL_BUSINESS = "small_business", "VAT exempt small business"
    """Sales in the own state carry no VAT (Directive 2006/112, art. 284)."""
    SWISS_VAT = "swiss_vat", "Swiss VAT"
    GST = "gst", "GST"
    """India: one registration for each state; elsewhere one for the country."""
    SALES_TAX = "sales_tax", "US sales tax"
    """One registration for each state in which the brand has nexus."""


class RateKind(models.TextChoices):
    VAT = "vat", "VAT"
    GST = "gst", "GST"
    """India: what CGST and SGST, or IGST, come to together."""
    SALES_TAX = "sales_tax", "Sales tax"


class AppliedKind(models.TextChoices):
    """The kinds of tax that stand on an invoice."""

    VAT = "vat", "VAT"
    GST = "gst", "GST"
    CGST = "cgst", "CGST"
    SGST = "sgst", "SGST"
    UTGST = "utgst", "UTGST"
    IGST = "igst", "IGST"
    SALES_TAX = "sales_tax", "Sales tax"


class RateLevel(models.TextChoices):
    """Whose rate it is; the rates of all levels that cover a place add up."""

    COUNTRY = "country", "Country"
    STATE = "state", "State"
    COUNTY = "county", "County"
    CITY = "city", "City"
    DISTRICT = "district", "Special district"


class Category(models.TextChoices):
    """UNCL5305 as EN 16931 uses it: why an amount carries the tax that it carries."""

    STANDARD = "S", "Taxed"
    ZERO = "Z", "Zero rated"
    EXEMPT = "E", "Exempt"
    REVERSE_CHARGE = "AE", "Reverse charge"
    INTRA_COMMUNITY = "K", "Intra-community supply of goods"
    EXPORT = "G", "Export, tax not charged"
    OUTSIDE_SCOPE = "O", "Outside the scope of tax"


class UncheckedId(models.TextChoices):
    """What a brand does while a buyer's VAT id was given and nobody has confirmed it."""

    CHARGE = "charge", "Charge the tax until it is valid"
    TRUST = "trust", "Take it as valid while its form is right"


class ConsumersAbroad(models.TextChoices):
    """How an EU seller without One Stop Shop taxes consumers in the other states."""

    ASK = "ask", "Not decided: their invoices wait"
    OWN_RATE = "own_rate", "At the own state's rate: cross-border sales are below 10,000 EUR a year"
    """Directive 2006/112, art. 59c."""


class IdKind(models.TextChoices):
    EU_VAT = "eu_vat", "EU VAT id"
    GB_VAT = "gb_vat", "UK VAT number"
    CH_VAT = "ch_vat", "Swiss UID"
    IN_GSTIN = "in_gstin", "Indian GSTIN"
    OTHER = "other", "Other"


class CheckStatus(models.TextChoices):
    """Where the check of a tax id stands."""

    PENDING = "pending", "Pending"
    UNAVAILABLE = "unavailable", "Register not available; is asked again"
    VALID = "valid", "Valid"
    INVALID = "invalid", "Invalid"
    UNCHECKABLE = "uncheckable", "Nobody checks ids of this kind"


NEXT: dict[CheckStatus, tuple[CheckStatus, ...]] = {
    CheckStatus.PENDING: (CheckStatus.UNAVAILABLE, CheckStatus.VALID, CheckStatus.INVALID),
    CheckStatus.UNAVAILABLE: (CheckStatus.UNAVAILABLE, CheckStatus.VALID, CheckStatus.INVALID),
    # An answer is evidence and stays: asking again is another row.
    CheckStatus.VALID: (),
    CheckStatus.INVALID: (),
    CheckStatus.UNCHECKABLE: (),
}
OPEN = (CheckStatus.PENDING, CheckStatus.UNAVAILABLE)
ANSWERED = (CheckStatus.VALID, CheckStatus.INVALID, CheckStatus.UNCHECKABLE)


class CheckSource(models.TextChoices):
    NONE = "", "Nobody yet"
    SYNTAX = "syntax", "Form and check digit only"
    VIES = "vies", "VIES"


class EvidenceKind(models.TextChoices):
    """What tells where a customer is (Regulation 282/2011, art. 24f)."""

    BILLING_ADDRESS = "billing_address", "Billing address"
    IP_ADDRESS = "ip_address", "Country of the IP address"
    PAYMENT_METHOD = "payment_method", "Country of the card or bank"
    PHONE = "phone", "Country of the phone number or SIM"
    OTHER = "other", "Other"
