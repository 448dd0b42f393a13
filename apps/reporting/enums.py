from __future__ import annotations

from django.db import models


class MovementKind(models.TextChoices):
    """How monthly recurring revenue moved."""

    NEW = "new", "New"
    EXPANSION = "expansion", "Expansion"
    CONTRACTION = "contraction", "Contraction"
    CHURN = "churn", "Churn"
    REACTIVATION = "reactivation", "Reactivation"
