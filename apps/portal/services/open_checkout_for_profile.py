from __future__ import annotations

from datetime import datetime
from typing import Unpack

from django.db import transaction

from apps.accounts.models import Brand
from apps.customers.models import TestClock
from apps.customers.profile import CustomerProfile
from apps.customers.services.upsert_customer import upsert_customer
from apps.portal.models import CheckoutSession
from apps.portal.services.open_checkout import CheckoutOffer, open_checkout


@transaction.atomic
def open_checkout_for_profile(
    *,
    brand: Brand,
    livemode: bool,
    offer: CheckoutOffer,
    now: datetime,
    test_clock: TestClock | None = None,
    **profile: Unpack[CustomerProfile],
) -> CheckoutSession:
    """Open a checkout for a customer who is described: known by `external_id`, or new. `now` is real time.

    One transaction: a refused offer leaves no customer behind.

    Raises:
        CustomerInvalid, TestClockRefused: as `upsert_customer`.
        AlreadySubscribed, PlanNotFound, PriceUnavailable, InvalidInput: as `open_checkout`.
    """
    customer, _ = upsert_customer(brand=brand, livemode=livemode, at=now, test_clock=test_clock, **profile)
    at = customer.test_clock.now_at if customer.test_clock is not None else now
    return open_checkout(customer=customer, offer=offer, at=at, now=now)
