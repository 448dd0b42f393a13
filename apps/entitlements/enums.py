from __future__ import annotations

from django.db import models


class AccessLevel(models.TextChoices):
    """How far a customer may use the product; one ladder for trial, dunning and cancellation."""

    FULL = "full", "Full"
    READ_ONLY = "read_only", "Read-only"
    SUSPENDED = "suspended", "Suspended"


class AccessReason(models.TextChoices):
    IN_GOOD_STANDING = "in_good_standing", "In good standing"
    PAYMENT_OVERDUE = "payment_overdue", "Payment overdue"
    STAFF = "staff", "Set by staff"
