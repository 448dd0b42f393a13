from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from apps.audit.services.record import record_event
from apps.billing.services.subscriptions.subscribe import Purchase, terms_of_purchase
from apps.core.idempotency import keep_object
from apps.core.public_ids import new_public_id
from apps.customers.models import Customer
from apps.portal.errors import AlreadySubscribed
from apps.portal.links import link_token
from apps.portal.models import CheckoutSession
from apps.portal.selectors import token_hash
from apps.subscriptions.selectors import live_subscriptions_of

LIFETIME = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class CheckoutOffer:
    """What a hosted checkout offers, and where the browser goes afterwards."""

    plan_code: str
    success_url: str
    cancel_url: str = ""
    currency: str = ""
    quantity: int = 1
    metadata: Mapping[str, Any] = field(default_factory=dict)


@transaction.atomic
def open_checkout(
    *, customer: Customer, offer: CheckoutOffer, at: datetime, now: datetime
) -> CheckoutSession:
    """Offer one plan to one customer on a hosted page for a day.

    `at` is the customer's time, `now` real time. The version that is published now is what is shown. The
    link's token is not stored: see `links`.

    Raises:
        AlreadySubscribed: there is a paid plan, which is changed instead (409).
        PlanNotFound, PriceUnavailable, InvalidInput: as `subscribe`.
    """
    purchase = Purchase(plan_code=offer.plan_code, currency=offer.currency, quantity=offer.quantity)
    terms = terms_of_purchase(customer=customer, purchase=purchase)
    if any(not running.plan_version.plan.is_free for running in live_subscriptions_of(customer.pk)):
        raise AlreadySubscribed("This customer has a paid plan already: change it instead.", field="customer")
    public_id = new_public_id("cs")
    session = CheckoutSession.objects.create(
        public_id=public_id,
        brand_id=customer.brand_id,
        livemode=customer.livemode,
        customer=customer,
        plan_version=terms.version,
        currency=terms.currency,
        quantity=terms.quantity,
        token_sha256=token_hash(link_token(public_id)),
        success_url=offer.success_url,
        cancel_url=offer.cancel_url,
        metadata=dict(offer.metadata),
        created_at=now,
        expires_at=now + LIFETIME,
    )
    record_event(name="checkout.opened", subject=session, at=at, data={"plan": terms.version.plan.code})
    keep_object(object_type="checkout_session", object_id=public_id)
    return session
