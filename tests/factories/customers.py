"""Rows of accounts and customers, made directly: for tests whose subject is something else."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import count
from typing import Any

from apps.accounts.models import Brand, User
from apps.customers.enums import MemberRole
from apps.customers.models import Customer, Member, TestClock

# Before any billing of a test begins.
MADE_AT = datetime(2026, 1, 1, tzinfo=UTC)

_number = count(1)


def make_brand(**overrides: Any) -> Brand:
    number = next(_number)
    values: dict[str, Any] = {
        "code": f"brand-{number}",
        "name": f"Brand {number}",
        "legal_name": f"Brand {number} GmbH",
        "address_lines": ["Hauptstraße 1", "10115 Berlin"],
        "country": "DE",
        "support_email": "help@brand.example",
        "invoice_prefix": f"B{number}",
        "created_at": MADE_AT,
    }
    return Brand.objects.create(**values | overrides)


def make_user(**overrides: Any) -> User:
    number = next(_number)
    values: dict[str, Any] = {"email": f"user-{number}@example.com", "name": f"User {number}"}
    # Hashing a password costs 50 ms: a test that logs in by form sets one itself.
    return User.objects.create_user(**values | overrides)


def make_test_clock(*, brand: Brand | None = None, **overrides: Any) -> TestClock:
    values: dict[str, Any] = {"now_at": MADE_AT, "created_at": MADE_AT}
    return TestClock.objects.create(brand=brand or make_brand(), **values | overrides)


def make_customer(
    *, brand: Brand | None = None, test_clock: TestClock | None = None, **overrides: Any
) -> Customer:
    """A customer in test mode, in EUR and UTC; with a test clock it belongs to the clock's brand."""
    if brand is None:
        brand = test_clock.brand if test_clock is not None else make_brand()
    values: dict[str, Any] = {
        "name": "Ada Lovelace",
        "email": "ada@example.com",
        "currency": "EUR",
        "country": "DE",
        "created_at": MADE_AT,
    }
    return Customer.objects.create(brand=brand, test_clock=test_clock, **values | overrides)


def make_member(*, customer: Customer, user: User | None = None, role: str = MemberRole.OWNER) -> Member:
    return Member.objects.create(customer=customer, user=user or make_user(), role=role, created_at=MADE_AT)
