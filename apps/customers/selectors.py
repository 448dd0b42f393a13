"""Reads about customers: never another brand's, never the other mode's."""

from __future__ import annotations

from datetime import datetime

from apps.core import clock
from apps.customers.enums import TestClockStatus
from apps.customers.errors import CustomerNotFound
from apps.customers.models import Customer


def now_for(customer: Customer) -> datetime:
    """The instant (UTC) in which this customer lives: its test clock's, else real time.

    Only delivery code calls this; services are told the instant as `at`.
    """
    test_clock = customer.test_clock
    if test_clock is None or test_clock.status == TestClockStatus.RELEASED:
        return clock.now()
    return test_clock.now_at


def get_customer(*, brand_id: int, livemode: bool, reference: str) -> Customer:
    """The customer with this public id or external id.

    Raises:
        CustomerNotFound: none in this brand and mode (404).
    """
    own = Customer.objects.select_related("test_clock", "brand").filter(
        brand_id=brand_id, livemode=livemode
    )
    found = own.filter(public_id=reference).first() or own.filter(external_id=reference).first()
    if found is None:
        raise CustomerNotFound(f"There is no customer '{reference}'.", field="customer")
    return found
