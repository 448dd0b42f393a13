from __future__ import annotations

from datetime import datetime
from typing import Unpack

from django.db import transaction

from apps.accounts.models import Brand, User
from apps.customers.enums import MemberRole
from apps.customers.models import Customer
from apps.customers.profile import CustomerProfile
from apps.customers.services.add_member import add_member
from apps.customers.services.create_customer import create_customer
from apps.taxes.enums import EvidenceKind
from apps.taxes.services.record_location import record_location


@transaction.atomic
def open_account(
    *, brand: Brand, livemode: bool, user: User, at: datetime, **profile: Unpack[CustomerProfile]
) -> Customer:
    """Make a customer of a person who has signed up, and make the person its owner. `at` is real time.

    Raises:
        CustomerInvalid: a detail is missing or cannot be true (422).
    """
    customer = create_customer(brand=brand, livemode=livemode, at=at, **profile)
    record_location(customer=customer, kind=EvidenceKind.BILLING_ADDRESS, country=customer.country, at=at)
    add_member(customer=customer, user=user, role=MemberRole.OWNER, at=at)
    return customer
