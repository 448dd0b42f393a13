from __future__ import annotations

from datetime import datetime
from typing import Unpack

from apps.accounts.models import Brand
from apps.customers.errors import ExternalIdTaken
from apps.customers.models import Customer, TestClock
from apps.customers.profile import CustomerProfile
from apps.customers.selectors import customer_with_external_id
from apps.customers.services.attach_customer import attach_customer
from apps.customers.services.create_customer import create_customer
from apps.customers.services.update_customer import update_customer


def upsert_customer(
    *,
    brand: Brand,
    livemode: bool,
    at: datetime,
    test_clock: TestClock | None = None,
    **profile: Unpack[CustomerProfile],
) -> tuple[Customer, bool]:
    """Create a customer, or update the one with the same `external_id`; tells whether it was created.

    `at` is real time; a customer on a test clock is changed in the clock's time instead.

    Raises:
        CustomerInvalid, TestClockRefused: as create_customer and attach_customer.
    """
    external_id = (profile.get("external_id") or "").strip()
    if not external_id:
        return _create(brand, livemode, at, test_clock, profile), True
    known = customer_with_external_id(brand_id=brand.pk, livemode=livemode, external_id=external_id)
    if known is None:
        try:
            return _create(brand, livemode, at, test_clock, profile), True
        except ExternalIdTaken:
            # Another request with the same id was quicker: this one updates what that one made.
            known = Customer.objects.get(brand=brand, livemode=livemode, external_id=external_id)
    if test_clock is not None and known.test_clock_id != test_clock.pk:
        attach_customer(customer_id=known.pk, test_clock_id=test_clock.pk, at=test_clock.now_at)
    now_at = known.test_clock.now_at if known.test_clock is not None else at
    return update_customer(customer_id=known.pk, changes=profile, at=now_at), False


def _create(
    brand: Brand,
    livemode: bool,
    at: datetime,
    test_clock: TestClock | None,
    profile: CustomerProfile,
) -> Customer:
    return create_customer(
        brand=brand,
        livemode=livemode,
        at=at if test_clock is None else test_clock.now_at,
        test_clock=test_clock,
        **profile,
    )
