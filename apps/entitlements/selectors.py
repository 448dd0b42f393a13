"""Reads about what a customer may do now."""

from __future__ import annotations

from apps.customers.models import Customer
from apps.entitlements.enums import AccessLevel
from apps.entitlements.models import CustomerAccess, FeatureFlag


def access_of(customer_id: int) -> AccessLevel:
    """The access level of a customer; full where nothing else was set."""
    level = CustomerAccess.objects.filter(pk=customer_id).values_list("level", flat=True).first()
    return AccessLevel(level) if level else AccessLevel.FULL


def access_with_reason(customer_id: int) -> CustomerAccess | None:
    """The level with its reason and since when; None where nothing was ever set, which is full access."""
    return CustomerAccess.objects.filter(pk=customer_id).first()


def feature_is_on(*, name: str, customer: Customer) -> bool:
    """Whether a feature flag is on for a customer; one that does not exist is `WAFFLE_FLAG_DEFAULT`."""
    return FeatureFlag.get(name).is_active_for_customer(customer)
