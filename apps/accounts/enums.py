from __future__ import annotations

from django.db import models


class ApiKeyKind(models.TextChoices):
    SECRET = "secret", "Secret key"
    """Reads and writes whatever its scopes allow."""
    INTAKE = "intake", "Write-only intake key"
    """May only send usage events; safe to place in front-line services."""


class ZeroInvoicePolicy(models.TextChoices):
    """What a brand does with an invoice whose total is zero."""

    ISSUE = "issue", "Issue with a number"
    CLOSE = "close", "Close without a number"


class BalanceUse(models.TextChoices):
    """When a customer's balance pays an invoice."""

    AUTOMATIC = "automatic", "By itself, when an invoice is finalised"
    MANUAL = "manual", "Only when staff apply it"


class EventIdentity(models.TextChoices):
    """By what a brand's usage events are told apart, beside their source."""

    ID = "id", "By its id"
    ID_AND_TIMESTAMP = "id_and_timestamp", "By its id and timestamp together"


class StaffRole(models.TextChoices):
    """Names of the staff groups; each is a Django group with its permissions."""

    SUPPORT = "support", "Support"
    FINANCE = "finance", "Finance"
    READ_ONLY = "read_only", "Read-only"


class TaxEngineName(models.TextChoices):
    TABLES = "tables", "The rate tables of this installation"
    STRIPE = "stripe", "Stripe Tax"


class TaxRoundingName(models.TextChoices):
    """The values are those of `apps.pricing.tax_lines.TaxRounding`."""

    PER_RATE = "per_rate", "Once for each rate"
    INVOICE_ONCE = "invoice_once", "Once for the invoice"
    PER_LINE = "per_line", "On each line"


class DiscountOrderName(models.TextChoices):
    """The values are those of `apps.pricing.discounts.DiscountOrder`."""

    METRIC_LIMITED_PLAN_LIMITED_GENERAL = (
        "metric_limited_plan_limited_general",
        "Limited to meters, then to plans, then general",
    )
    PERCENT_THEN_FIXED = "percent_then_fixed", "Percentages, then fixed amounts"
    ORDER_OF_APPLICATION = "order_of_application", "As they were applied"


class DiscountAllocationName(models.TextChoices):
    """The values are those of `apps.pricing.discounts.DiscountAllocation`."""

    LARGEST_REMAINDER = "largest_remainder", "Shares in whole cents, the rest by the largest remainder"
    PROPORTIONAL = "proportional", "Exact shares"
    LAST_LINE = "last_line", "Rounded shares, the last line takes the rest"
    EACH_AMOUNT_ALONE = "each_amount_alone", "A percentage of each line, rounded alone"
