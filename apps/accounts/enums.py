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
