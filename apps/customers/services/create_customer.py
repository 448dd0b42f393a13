from __future__ import annotations

from datetime import datetime
from typing import Unpack

from django.db import transaction

from apps.accounts.models import Brand
from apps.audit.services.record import record_event
from apps.core.errors import FieldError
from apps.customers.clock_rules import refuse_unfit_clock
from apps.customers.errors import CustomerInvalid
from apps.customers.external_id import refuse_taken_external_id
from apps.customers.models import Customer, TestClock
from apps.customers.profile import CustomerProfile, clean_profile

REQUIRED = ("name", "email", "currency")


@transaction.atomic
def create_customer(
    *,
    brand: Brand,
    livemode: bool,
    at: datetime,
    test_clock: TestClock | None = None,
    **profile: Unpack[CustomerProfile],
) -> Customer:
    """Add a customer; `name`, `email` and `currency` are needed, the rest of the profile is not.

    `at` is the customer's time: that of the test clock, if it sits on one. Zone and locale default to
    the brand's.

    Raises:
        CustomerInvalid: a detail is missing or cannot be true (422).
        ExternalIdTaken: another customer of the brand and mode has the external id (409).
        TestClockRefused: the clock is of another brand, not ready, or the customer is live (409).
    """
    defaults: CustomerProfile = {
        "time_zone": brand.default_time_zone,
        "locale": brand.default_locale,
    }
    fields = clean_profile({**defaults, **profile})
    missing = [name for name in REQUIRED if name not in fields]
    if missing:
        faults = [FieldError(name, "missing", f"A customer has a {name}.") for name in missing]
        raise CustomerInvalid(f"{missing[0]} is missing.", errors=faults)
    if test_clock is not None:
        # Under the lock, so that no advance begins before this customer is there.
        test_clock = TestClock.objects.select_for_update().get(pk=test_clock.pk)
        refuse_unfit_clock(test_clock, brand_id=brand.pk, livemode=livemode)
    customer = Customer(brand=brand, livemode=livemode, test_clock=test_clock, created_at=at, **fields)
    with refuse_taken_external_id(customer):
        customer.save(force_insert=True)
    record_event(name="customer.created", subject=customer, at=at, data={"currency": customer.currency})
    return customer
