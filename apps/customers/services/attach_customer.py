from __future__ import annotations

from datetime import datetime

from django.db import transaction

from apps.audit.models import Event
from apps.audit.services.record import record_event
from apps.customers.clock_rules import refuse_unfit_clock
from apps.customers.errors import TestClockRefused
from apps.customers.models import Customer, TestClock

# This floor cannot see subscriptions and invoices; the log below it tells whether there ever was one.
BILLED = ("subscription.created", "invoice.created")


@transaction.atomic
def attach_customer(*, customer_id: int, test_clock_id: int, at: datetime) -> Customer:
    """Put a customer without billing history on a clock: from then on it lives in the clock's time.

    Doing it twice is doing it once. `at` is the clock's time.

    Raises:
        TestClockRefused: the customer has subscriptions or invoices, or sits on another clock; the clock
            is of another brand or not ready (409).
    """
    test_clock = TestClock.objects.select_for_update().get(pk=test_clock_id)
    customer = Customer.objects.select_for_update().get(pk=customer_id)
    if customer.test_clock_id == test_clock.pk:
        return customer
    if customer.test_clock_id is not None:
        raise TestClockRefused("The customer sits on another test clock.", field="customer")
    refuse_unfit_clock(test_clock, brand_id=customer.brand_id, livemode=customer.livemode)
    if Event.objects.filter(customer_id=customer.pk, name__in=BILLED).exists():
        message = "The customer was billed in real time already: its past cannot move."
        raise TestClockRefused(message, field="customer")
    customer.test_clock = test_clock
    customer.save(update_fields=["test_clock"])
    record_event(
        name="customer.updated",
        subject=customer,
        at=at,
        data={"changed": ["test_clock"], "test_clock": test_clock.public_id},
    )
    return customer
