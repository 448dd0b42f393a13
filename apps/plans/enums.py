from __future__ import annotations

from django.db import models


class VersionStatus(models.TextChoices):
    DRAFT = "draft", "Draft"
    PUBLISHED = "published", "Published"
    """Frozen: neither the version nor its prices ever change again."""


VERSION_NEXT: dict[VersionStatus, tuple[VersionStatus, ...]] = {
    VersionStatus.DRAFT: (VersionStatus.PUBLISHED,),
    VersionStatus.PUBLISHED: (),
}


class Aggregation(models.TextChoices):
    COUNT = "count", "Count of events"
    SUM = "sum", "Sum of a property"
    MIN = "min", "Minimum of a property"
    MAX = "max", "Maximum of a property"
    AVERAGE = "average", "Average of a property"
    UNIQUE_COUNT = "unique_count", "Distinct values of a property"
    LATEST = "latest", "Latest value of a property"
    WEIGHTED_SUM = "weighted_sum", "Running total, weighted by time"
    PERCENTILE = "percentile", "Percentile of a property"


class UniqueMode(models.TextChoices):
    """What a unique count counts."""

    DISTINCT = "distinct", "Distinct values of the period"
    ADD_REMOVE = "add_remove", "Values added and not removed"
    """The property `operation` says add (also when absent) or remove."""


class QuantityRounding(models.TextChoices):
    """How a metered value is rounded before it is priced."""

    NONE = "none", "Not rounded"
    HALF_UP = "half_up", "Half away from zero"
    UP = "up", "Up"
    DOWN = "down", "Down"


class LateUsage(models.TextChoices):
    """What becomes of usage that arrives after its period was billed."""

    IGNORED = "ignored", "Not billed"
    NEXT_INVOICE = "next_invoice", "A line of its own period on the next invoice"
    CORRECTION = "correction", "A supplement or a credit note at once"


class UsageProration(models.TextChoices):
    """Whether a metered value that stays (seats by event, storage) is weighted by the time it stood."""

    NONE = "none", "Not weighted"
    ACTIVE_DAYS = "active_days", "By active days, first and last included"


class ChargeModel(models.TextChoices):
    """Names of the charge models; their arithmetic lives in pricing."""

    FLAT = "flat", "Flat fee"
    PER_UNIT = "per_unit", "Per unit"
    GRADUATED = "graduated", "Graduated tiers"
    VOLUME = "volume", "Volume tiers"
    PACKAGE = "package", "Packages"
    PERCENTAGE = "percentage", "Percentage of amounts"
    GRADUATED_PERCENTAGE = "graduated_percentage", "Graduated percentage"
    GRADUATED_BLOCKS = "graduated_blocks", "Graduated blocks"
    VOLUME_BLOCKS = "volume_blocks", "Volume blocks"
    STAIRSTEP = "stairstep", "Stairstep capacity"
    DYNAMIC = "dynamic", "Dynamic: the event carries its price"
    MATRIX = "matrix", "Matrix of dimensions"


class QuantitySource(models.TextChoices):
    """Where the quantity that a price is applied to comes from."""

    FIXED = "fixed", "One per period"
    SEATS = "seats", "Quantity of the subscription"
    METER = "meter", "Metered usage"


class Interval(models.TextChoices):
    DAY = "day", "Day"
    WEEK = "week", "Week"
    MONTH = "month", "Month"
    QUARTER = "quarter", "Quarter"
    HALF_YEAR = "half_year", "Half year"
    YEAR = "year", "Year"


class BillingTiming(models.TextChoices):
    IN_ADVANCE = "in_advance", "In advance"
    IN_ARREARS = "in_arrears", "In arrears"


class PeriodAlignment(models.TextChoices):
    ANNIVERSARY = "anniversary", "Anniversary of the start"
    CALENDAR = "calendar", "Calendar periods"
    BILLING_DAY = "billing_day", "Billing day of the customer"


class TrialEnd(models.TextChoices):
    """What happens at the end of a trial when no payment method is on file."""

    CONVERT = "convert", "Convert to the paid plan"
    """Also without a card: the first invoice is issued and waits for payment."""
    DOWNGRADE = "downgrade", "Downgrade to the free plan"
    CANCEL = "cancel", "Cancel"
    PAUSE = "pause", "Pause until a payment method is there"


class TaxBehavior(models.TextChoices):
    """Whether a price contains its tax."""

    EXCLUSIVE = "exclusive", "Tax comes on top"
    INCLUSIVE = "inclusive", "Tax is included"
    """The gross amount is the same wherever the customer is."""
