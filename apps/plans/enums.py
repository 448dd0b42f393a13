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
    MAX = "max", "Maximum of a property"
    UNIQUE_COUNT = "unique_count", "Distinct values of a property"
    LATEST = "latest", "Latest value of a property"


class ChargeModel(models.TextChoices):
    """Names of the charge models; their arithmetic lives in pricing."""

    FLAT = "flat", "Flat fee"
    PER_UNIT = "per_unit", "Per unit"
    GRADUATED = "graduated", "Graduated tiers"
    VOLUME = "volume", "Volume tiers"
    PACKAGE = "package", "Packages"


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


class TrialEnd(models.TextChoices):
    """What happens at the end of a trial when no payment method is on file."""

    CONVERT = "convert", "Convert to the paid plan"
    """Also without a card: the first invoice is issued and waits for payment."""
    DOWNGRADE = "downgrade", "Downgrade to the free plan"
    CANCEL = "cancel", "Cancel"
