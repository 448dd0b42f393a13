from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from apps.customers.models import Customer
from apps.customers.services.update_customer import update_customer
from apps.taxes.enums import EvidenceKind
from apps.taxes.services.record_location import record_location


@transaction.atomic
def keep_address(*, customer_id: int, changes: Mapping[str, Any], at: datetime) -> Customer:
    """Change details that a customer gave, and keep the country of the address as evidence of where they are.

    A billing address is evidence each time it is given, also where nothing of it changed (Regulation
    282/2011, article 24f(a)). `at` is the customer's time.

    Raises:
        As `update_customer`.
    """
    customer = update_customer(customer_id=customer_id, changes=changes, at=at)
    if changes.get("country"):
        record_location(customer=customer, kind=EvidenceKind.BILLING_ADDRESS, country=customer.country, at=at)
    return customer
