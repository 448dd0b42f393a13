"""Reads about what a customer may do now."""

from __future__ import annotations

from apps.entitlements.enums import AccessLevel
from apps.entitlements.models import CustomerAccess


def access_of(customer_id: int) -> AccessLevel:
    """The access level of a customer; full where nothing else was set."""
    level = CustomerAccess.objects.filter(pk=customer_id).values_list("level", flat=True).first()
    return AccessLevel(level) if level else AccessLevel.FULL
