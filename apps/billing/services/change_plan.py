from __future__ import annotations

from datetime import datetime

from django.db import transaction

from apps.billing.errors import PlanChangeRefused
from apps.core.errors import InvalidInput
from apps.plans.enums import QuantitySource
from apps.plans.models import PlanVersion
from apps.plans.selectors import prices_of, published_version
from apps.subscriptions.enums import ChangeKind
from apps.subscriptions.models import ScheduledChange, Subscription
from apps.subscriptions.services.lock import lock_subscription
from apps.subscriptions.services.schedule_change import ChangeTerms, schedule_change


@transaction.atomic
def change_plan_at_period_end(
    *, subscription: Subscription, plan_code: str, quantity: int | None, at: datetime
) -> ScheduledChange:
    """Move a subscription to another plan, or another quantity, when its running period (or trial) ends.

    Nothing is due before. Another quantity of the same plan keeps the prices that were bought; another plan,
    or the same one without another quantity, means the version published now.

    Raises:
        PlanNotFound, PriceUnavailable: it is not sold here, or not in the subscription's currency.
        PlanChangeRefused: nothing would change (409).
        InvalidInput: the quantity makes no sense for the plan (422).
        SubscriptionRefused: it is canceled (409).
    """
    # What the caller has read may be a period old by now.
    subscription = lock_subscription(subscription_id=subscription.pk)
    version = _version(subscription, plan_code, quantity)
    prices = prices_of(version, subscription.currency)
    seats = any(price.quantity_source == QuantitySource.SEATS for price in prices)
    wanted = quantity if quantity is not None else (subscription.quantity if seats else 1)
    if wanted < 1 or (wanted > 1 and not seats):
        raise InvalidInput("This plan does not take that quantity.", field="quantity")
    if version.pk == subscription.plan_version_id and wanted == subscription.quantity:
        raise PlanChangeRefused("That is the present plan already.", field="plan")
    kind = ChangeKind.PLAN if version.pk != subscription.plan_version_id else ChangeKind.QUANTITY
    return schedule_change(
        subscription_id=subscription.pk,
        terms=ChangeTerms(kind=kind, version=version, quantity=wanted),
        effective_at=subscription.current_period_ends_at,
        at=at,
    )


def _version(subscription: Subscription, plan_code: str, quantity: int | None) -> PlanVersion:
    present = subscription.plan_version
    if plan_code == present.plan.code and quantity not in (None, subscription.quantity):
        return present
    return published_version(plan_code=plan_code, brand_id=subscription.brand_id)
