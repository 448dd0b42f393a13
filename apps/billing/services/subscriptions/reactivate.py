from __future__ import annotations

from datetime import datetime

from django.db import transaction

from apps.billing.services.subscriptions.make_change import hold_subscription
from apps.billing.services.subscriptions.subscribe import Purchase, Subscribed, subscribe
from apps.subscriptions.enums import CollectionMethod, SubscriptionStatus
from apps.subscriptions.errors import SubscriptionRefused


@transaction.atomic
def reactivate(*, subscription_id: int, at: datetime) -> Subscribed:
    """Subscribe a customer again at `at` (UTC) to what a canceled subscription was.

    A new subscription begins: the version of the plan that is published now, the same quantities, currency
    and external id, which names the new one from now on. There is no trial; the old one stays as it ended.

    Raises:
        SubscriptionRefused: the old one still runs, or another one has its external id (409).
        PlanNotFound, PriceUnavailable, CardRequired, InvalidInput: as `subscribe`.
    """
    before = hold_subscription(subscription_id=subscription_id)
    if before.status != SubscriptionStatus.CANCELED:
        raise SubscriptionRefused("It has not ended: there is nothing to reactivate.")
    purchase = Purchase(
        plan_code=before.plan_version.plan.code,
        currency=before.currency,
        quantity=before.quantity,
        quantities=before.quantities,
        trial_days=0,
        external_id=before.external_id,
        collection_method=CollectionMethod(before.collection_method),
        metadata=before.metadata,
    )
    return subscribe(customer=before.customer, purchase=purchase, at=at)
