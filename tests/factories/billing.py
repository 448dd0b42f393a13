"""Customers that are subscribed through the real services: for tests of what comes after."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from apps.billing.services.subscriptions.subscribe import Purchase, Subscribed, subscribe
from apps.core.due_work import Scope
from apps.customers.models import Customer
from apps.payments.enums import GatewayName
from apps.payments.models import PaymentMethod
from apps.plans.models import Plan
from tests.factories.customers import make_customer
from tests.factories.plans import make_plan

STARTED_AT = datetime(2026, 1, 31, 9, 30, tzinfo=UTC)


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type,misc]


def make_card(customer: Customer, **overrides: Any) -> PaymentMethod:
    """A stored default card that no gateway knows: enough for everything but charging."""
    values = {
        "gateway": GatewayName.STRIPE,
        "gateway_id": f"pm_{customer.public_id}",
        "card_brand": "visa",
        "last4": "4242",
        "exp_month": 12,
        "exp_year": 2030,
        "is_default": True,
        "created_at": customer.created_at,
    }
    return PaymentMethod.objects.create(
        brand_id=customer.brand_id, livemode=customer.livemode, customer=customer, **values | overrides
    )


def subscribe_to(
    plan: Plan | None = None,
    *,
    customer: Customer | None = None,
    at: datetime = STARTED_AT,
    card: bool = True,
    **purchase: Any,
) -> Subscribed:
    """Subscribe a customer (a new one in EUR and UTC, with a card) to a plan (29 EUR a month)."""
    customer = customer or make_customer()
    if card:
        make_card(customer)
    plan = plan or make_plan()
    return subscribe(customer=customer, purchase=Purchase(plan_code=plan.code, **purchase), at=at)


REAL_TIME = Scope(None)
