"""Billing a subscription's customer, and what the lines of the bills say."""

from __future__ import annotations

from datetime import datetime

from apps.billing.services.run.bill_customer import bill_customer
from apps.invoices.models import Invoice
from apps.subscriptions.models import Subscription


def bill(subscription: Subscription, at: datetime) -> list[Invoice]:
    invoices = bill_customer(customer_id=subscription.customer_id, at=at)
    subscription.refresh_from_db()
    return invoices


def lines(invoices: list[Invoice]) -> list[tuple[int, str, str]]:
    return [
        (line.amount_minor, f"{line.period_starts_at:%m-%d}", f"{line.period_ends_at:%m-%d}")
        for invoice in invoices
        for line in invoice.lines.all()
    ]
