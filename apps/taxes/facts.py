"""What a decision about tax was based on, to be kept with the document that it was made for."""

from __future__ import annotations

from typing import Any

from apps.core.api.fields import rfc3339
from apps.customers.models import Customer
from apps.taxes.location import location_of
from apps.taxes.selectors import latest_check


def tax_facts(customer: Customer) -> dict[str, Any]:
    """Where the customer is and what was known of its tax id, as JSON."""
    facts: dict[str, Any] = {"location": location_of(customer).as_facts()}
    check = latest_check(customer)
    if customer.tax_id:
        facts["tax_id"] = {"number": customer.tax_id, "status": check.status if check else "unchecked"}
    if check is not None and check.answered_at is not None:
        facts["tax_id"] |= {
            "source": check.source,
            "consultation_number": check.consultation_number,
            "answered_at": rfc3339(check.answered_at),
        }
    return facts
