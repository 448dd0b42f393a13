from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from apps.billing.errors import PlanChangeRefused
from apps.billing.services.subscriptions.agree_schedule import check_quantities
from apps.billing.services.subscriptions.compare_plans import is_upgrade
from apps.billing.services.subscriptions.make_change import (
    ChangeMade,
    bill_what_is_late,
    hold_subscription,
    make_change,
    period_end,
)
from apps.plans.enums import QuantitySource
from apps.plans.models import PlanVersion
from apps.plans.policies import Timing, policies_of
from apps.plans.selectors import prices_of, published_version
from apps.promos.services.redeem import redeem_coupon
from apps.subscriptions.enums import ChangeKind
from apps.subscriptions.models import ScheduledChange, Subscription
from apps.subscriptions.quantities import quantities_after, seats_of
from apps.subscriptions.services.schedule_change import ChangeTerms


@dataclass(frozen=True, slots=True)
class ChangeRequest:
    """What a customer wants instead: another plan, other quantities (`quantities` of single seat prices, by
    code), or both.

    `timing` None leaves it to the plan's policies for upgrades, downgrades and quantities; `effective_at`
    (UTC) names a day and wins. With `prorates` false nothing is credited or charged for the running period.
    `restarts_period` begins a new full period at the change. `unused_part` decides where the unused rest of
    what was paid goes; empty is the plan's policy. A `promotion_code` is redeemed for the subscription at
    once, before anything is billed for the change.
    """

    plan_code: str
    quantity: int | None = None
    quantities: Mapping[str, int] = field(default_factory=dict)
    timing: Timing | None = None
    effective_at: datetime | None = None
    prorates: bool = True
    restarts_period: bool = False
    unused_part: str = ""
    promotion_code: str = ""


@transaction.atomic
def change_plan(
    *, subscription_id: int, request: ChangeRequest, at: datetime, below: int | None = None
) -> ChangeMade:
    """Move a subscription to another plan or quantity: now, when its running period (or trial) ends, or on
    a day.

    Now means at `at` (UTC): boundaries that passed unbilled are billed first, the unused rest of what was
    paid is credited, the new plan charged for its part, and the invoice issued, all in one transaction. A
    trial goes on under the new plan. Another quantity of the same plan keeps the prices that were bought;
    another plan, or the same one without another quantity, means the version published now. `below` is a
    usage watermark.

    Raises:
        PlanNotFound, PriceUnavailable: it is not sold here, or not in the subscription's currency.
        PlanChangeRefused: nothing would change (409).
        InvalidInput: the quantity makes no sense for the plan (422).
        SubscriptionRefused: it is canceled, or the day is past (409).
        PromotionCodeNotFound, CouponRefused: as `redeem_coupon` (404, 409).
    """
    subscription = hold_subscription(subscription_id=subscription_id)
    late = bill_what_is_late(subscription=subscription, at=at, below=below)
    if request.promotion_code:
        _redeem(subscription, request, at)
    made = make_change(
        subscription=subscription,
        terms=_terms(subscription, request),
        effective_at=_effective_at(subscription, request, at),
        at=at,
        below=below,
    )
    return ChangeMade(made.change, late + made.invoices)


def _redeem(subscription: Subscription, request: ChangeRequest, at: datetime) -> None:
    redeem_coupon(
        customer=subscription.customer,
        code=request.promotion_code,
        subscription=subscription,
        plan=_version(subscription, request).plan,
        by_customer=True,
        at=at,
    )


def _effective_at(subscription: Subscription, request: ChangeRequest, at: datetime) -> datetime:
    if request.effective_at is not None:
        return request.effective_at
    timing = request.timing or _usual_timing(subscription, request)
    if timing is Timing.NOW:
        # What has not begun changes at its start.
        return max(at, subscription.started_at)
    return period_end(subscription, at)


def _usual_timing(subscription: Subscription, request: ChangeRequest) -> Timing:
    policies = policies_of(subscription.plan_version)
    version = _version(subscription, request)
    if version.pk == subscription.plan_version_id:
        return policies.quantity_change_timing
    upgrade = is_upgrade(subscription.plan_version, version, subscription.currency)
    return policies.upgrade_timing if upgrade else policies.downgrade_timing


def _terms(subscription: Subscription, request: ChangeRequest) -> ChangeTerms:
    version = _version(subscription, request)
    prices = prices_of(version, subscription.currency)
    seats = any(price.quantity_source == QuantitySource.SEATS for price in prices)
    kept = subscription.quantity if seats else 1
    wanted = kept if request.quantity is None else request.quantity
    check_quantities(prices, wanted, request.quantities)
    same_plan = version.pk == subscription.plan_version_id
    if same_plan and not _moves_quantity(subscription, request):
        raise PlanChangeRefused("That is the present plan already.", field="plan")
    return ChangeTerms(
        kind=ChangeKind.QUANTITY if same_plan else ChangeKind.PLAN,
        version=version,
        # None tells that nothing was said: what a price has for itself then stays.
        quantity=None if request.quantity is None and seats and not same_plan else wanted,
        quantities=request.quantities,
        prorates=request.prorates,
        unused_part=request.unused_part,
        restarts_period=request.restarts_period,
    )


def _moves_quantity(subscription: Subscription, request: ChangeRequest) -> bool:
    if request.quantity not in (None, subscription.quantity):
        return True
    prices, present = prices_of(subscription.plan_version, subscription.currency), subscription.quantities
    after = quantities_after(prices, present, named=request.quantities, wished=request.quantity is not None)
    quantity = subscription.quantity
    return seats_of(prices, quantity, after) != seats_of(prices, quantity, present)


def _version(subscription: Subscription, request: ChangeRequest) -> PlanVersion:
    present = subscription.plan_version
    if request.plan_code == present.plan.code and _moves_quantity(subscription, request):
        return present
    return published_version(plan_code=request.plan_code, brand_id=subscription.brand_id)


def change_plan_at_period_end(
    *, subscription: Subscription, plan_code: str, quantity: int | None, at: datetime
) -> ScheduledChange:
    """Move a subscription to another plan or quantity when its running period (or trial) ends.

    Nothing is due before.

    Raises:
        As `change_plan`.
    """
    request = ChangeRequest(plan_code=plan_code, quantity=quantity, timing=Timing.PERIOD_END)
    return change_plan(subscription_id=subscription.pk, request=request, at=at).change
