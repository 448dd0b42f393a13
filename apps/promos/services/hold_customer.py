from __future__ import annotations

from apps.customers.models import Customer


def hold_customer(*, customer_id: int) -> None:
    """Make a customer's redemptions, and what bills them, wait for each other: before any other lock."""
    Customer.objects.select_for_update(no_key=True).only("pk").get(pk=customer_id)
