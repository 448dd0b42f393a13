"""A metered subscription and its events, for tests of usage that comes late."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from apps.billing.services.run.bill_customer import bill_customer
from apps.customers.models import Customer
from apps.invoices.models import Invoice, InvoiceLine
from apps.subscriptions.enums import CollectionMethod
from apps.subscriptions.models import Subscription
from apps.usage.correction import EventReference
from apps.usage.services.void_event import void_event
from tests.factories.billing import subscribe_to, utc
from tests.factories.plans import flat_price, make_meter, make_plan, metered_price
from tests.factories.usage import NOW, make_event, send

JAN, FEB, MARCH, APRIL, MAY = (utc(2026, month, 1) for month in range(1, 6))


def subscribed(
    *,
    price: dict[str, Any] | None = None,
    customer: Customer | None = None,
    collection_method: CollectionMethod = CollectionMethod.CHARGE_AUTOMATICALLY,
    **meter: Any,
) -> Subscription:
    """10 EUR a month from 1 January, and 2 EUR a call in arrears unless `price` says otherwise."""
    calls = make_meter(**{"code": "call"} | meter)
    prices = [flat_price("10.00"), metered_price(calls, **{"unit_amount": "2"} | (price or {}))]
    plan = make_plan(prices=prices)
    return subscribe_to(plan, customer=customer, at=JAN, collection_method=collection_method).subscription


def report(subscription: Subscription, *days: datetime, **event: Any) -> None:
    customer = subscription.customer
    answers = send(customer, *(make_event(customer, "call", timestamp=day, **event) for day in days))
    assert all(answer.errors is None for answer in answers)


def void(subscription: Subscription, event_id: str) -> None:
    customer = subscription.customer
    void_event(
        brand_id=customer.brand_id,
        livemode=customer.livemode,
        event=EventReference(id=event_id),
        received_at=NOW,
    )


def bill(subscription: Subscription, at: datetime) -> list[InvoiceLine]:
    """The usage lines of what is billed at an instant."""
    invoices = bill_customer(customer_id=subscription.customer_id, at=at)
    subscription.refresh_from_db()
    return usage_lines(*invoices)


def usage_lines(*invoices: Invoice) -> list[InvoiceLine]:
    return [line for invoice in invoices for line in invoice.lines.exclude(kind="recurring")]


def short(lines: list[InvoiceLine]) -> list[tuple[str, Decimal, int]]:
    """Month of the period, units and amount of each line."""
    return [
        (f"{line.period_starts_at:%b}", line.quantity, line.amount_minor)
        for line in lines
        if line.period_starts_at
    ]
