from __future__ import annotations

from django.db import models


class CouponType(models.TextChoices):
    PERCENT = "percent", "Percent"
    FIXED = "fixed", "Fixed amount"


class CouponDuration(models.TextChoices):
    ONCE = "once", "Once"
    """A percentage: of one invoice. A fixed amount: until it is used up, over several invoices if need be."""
    REPEATING = "repeating", "Repeating"
    """Of a number of invoices; a fixed amount is whole again on each."""
    FOREVER = "forever", "Forever"


class EndReason(models.TextChoices):
    """Why a redemption takes nothing off any more."""

    USED_UP = "used_up", "Used up"
    """A voided invoice that gives its use back opens it again."""
    ENDED = "ended", "Ended by hand"
