from __future__ import annotations

from apps.core.errors import InvalidInput
from apps.customers.models import Customer


def set_billing_day(*, customer: Customer, day: int) -> None:
    """Set the day of the month (1 to 31) to which new phases of billing-day plans are aligned.

    Running phases keep theirs: what was paid for does not move. Months that lack the day use their last one.

    Raises:
        InvalidInput: the day is not from 1 to 31 (422).
    """
    if not 1 <= day <= 31:
        raise InvalidInput("A billing day is from 1 to 31.", field="billing_day")
    customer.billing_day = day
    customer.save(update_fields=["billing_day"])
