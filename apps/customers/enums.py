from __future__ import annotations

from django.db import models


class MemberRole(models.TextChoices):
    OWNER = "owner", "Owner"
    """May do everything, also manage members."""
    BILLING = "billing", "Billing"
    """May change plan, card and billing details."""
    VIEWER = "viewer", "Viewer"
    """May look, and change nothing."""


class TestClockStatus(models.TextChoices):
    READY = "ready", "Ready"
    ADVANCING = "advancing", "Advancing"
    FAILED = "failed", "Failed"
    """Advancing stopped on an error; it may be advanced again."""
    RELEASED = "released", "Released"
    """Its customers live in real time now."""


CLOCK_NEXT: dict[TestClockStatus, tuple[TestClockStatus, ...]] = {
    TestClockStatus.READY: (TestClockStatus.ADVANCING, TestClockStatus.RELEASED),
    TestClockStatus.ADVANCING: (TestClockStatus.READY, TestClockStatus.FAILED),
    TestClockStatus.FAILED: (TestClockStatus.ADVANCING,),
    TestClockStatus.RELEASED: (),
}


class ConsentKind(models.TextChoices):
    RECURRING_CHARGE = "recurring_charge", "Recurring charges"
    """Agreed that the stored card is charged again each period (card network rules)."""
    TERMS = "terms", "Terms of service"
