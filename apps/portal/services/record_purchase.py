from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from apps.accounts.models import User
from apps.billing.services.collection.hold_collection import hold_collection
from apps.billing.services.subscriptions.subscribe import Subscribed
from apps.customers.enums import ConsentKind
from apps.customers.models import Customer
from apps.customers.services.record_consent import record_consent

# Longer than a person needs for the bank's question; after it the card is charged without them.
TIME_TO_PAY = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class GivenConsent:
    """What a person has ticked, word for word; `user` is None for the bearer of a link."""

    text: str
    user: User | None
    ip: str | None


def record_purchase(
    *, customer: Customer, subscribed: Subscribed, consent: GivenConsent | None, at: datetime
) -> None:
    """Keep the consent to be charged for what was just bought, and leave the person the time to pay it.

    In the caller's transaction, so that nothing is bought without its consent. `at` is the customer's time.
    """
    if consent is not None:
        record_consent(
            customer=customer,
            kind=ConsentKind.RECURRING_CHARGE,
            text=consent.text,
            user=consent.user,
            ip=consent.ip,
            subject=subscribed.subscription.public_id,
            at=at,
        )
    for invoice in subscribed.invoices:
        hold_collection(invoice=invoice, until=at + TIME_TO_PAY)
