from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypedDict

from django.db import transaction

from apps.billing.errors import MigrationRefused
from apps.billing.services.subscriptions.make_change import hold_subscription
from apps.core.errors import DomainError
from apps.plans.enums import QuantitySource, VersionStatus
from apps.plans.models import Plan, PlanVersion, Price
from apps.plans.selectors import get_version, prices_of
from apps.pricing.money import Money
from apps.pricing.price import price_quantity
from apps.subscriptions.enums import LIVE_STATUSES, ChangeKind
from apps.subscriptions.models import ScheduledChange, Subscription
from apps.subscriptions.schedule import main_cadence
from apps.subscriptions.selectors import pending_changes
from apps.subscriptions.services.schedule_change import ChangeTerms, schedule_change

ENDS = "ends_before"
MOVES = "moves_to_another_plan"
SCHEDULED = "scheduled_already"
"""Why a subscription is left as it is, beside the codes of refusals such as `price_unavailable`."""


class Tenant(TypedDict, total=False):
    """Whose subscriptions: those of all brands and both modes where nothing is named."""

    brand_id: int
    livemode: bool


@dataclass(frozen=True, slots=True)
class Migrated:
    """One subscriber: when it goes over, and its fees of a whole billing period before and after, without
    usage, in minor units of its currency.

    `left_because` says why it stays; empty when it goes over.
    """

    subscription: Subscription
    from_version: int
    effective_at: datetime
    fee_now_minor: int
    fee_then_minor: int
    left_because: str = ""


@dataclass(frozen=True, slots=True)
class MigrationTotal:
    """All subscribers of a currency who go over, with the sums of their fees of a whole billing period."""

    currency: str
    subscriptions: int
    fee_now_minor: int
    fee_then_minor: int


@dataclass(frozen=True, slots=True)
class Migration:
    """What became, or would become, of the subscribers of a plan."""

    plan: Plan
    to_version: int
    dry_run: bool
    rows: list[Migrated] = field(default_factory=list)

    @property
    def moved(self) -> list[Migrated]:
        return [row for row in self.rows if not row.left_because]

    @property
    def totals(self) -> list[MigrationTotal]:
        currencies = sorted({row.subscription.currency for row in self.moved})
        return [_total(c, [r for r in self.moved if r.subscription.currency == c]) for c in currencies]


def migrate_subscribers(
    *,
    plan: Plan,
    to_version: int,
    now_for: Callable[[Subscription], datetime],
    from_version: int | None = None,
    tenant: Tenant | None = None,
    dry_run: bool = True,
) -> Migration:
    """Plan for the subscribers of a plan that they go over to another version of it when their paid period
    (or trial) ends; until then they are billed as they are.

    Those of `from_version`, or of every other version. Each is a planned change that can be taken back, in
    a transaction of its own, so doing it again goes on where it stopped. Whoever ends or moves to another
    plan by then, has no price in its currency there, or is scheduled already is left as it is. `now_for`
    gives a customer's present.

    Raises:
        CatalogEntryNotFound: there is no such version (404).
        MigrationRefused: the version was never published, or is the one they come from (409).
    """
    target = get_version(plan=plan, number=to_version)
    if target.status != VersionStatus.PUBLISHED:
        raise MigrationRefused(f"Version {to_version} was never published.", field="to_version")
    if from_version is not None and get_version(plan=plan, number=from_version).pk == target.pk:
        raise MigrationRefused("They have that version already.", field="from_version")
    subscribers = Subscription.objects.filter(
        plan_version__plan=plan, status__in=LIVE_STATUSES, **(tenant or {})
    ).exclude(plan_version=target)
    if from_version is not None:
        subscribers = subscribers.filter(plan_version__number=from_version)
    keys = subscribers.order_by("pk").values_list("pk", flat=True)
    rows = [_migrate(key, target, now_for, dry_run=dry_run) for key in list(keys)]
    return Migration(plan, to_version, dry_run, [row for row in rows if row is not None])


@transaction.atomic
def _migrate(
    key: int, target: PlanVersion, now_for: Callable[[Subscription], datetime], *, dry_run: bool
) -> Migrated | None:
    subscription = hold_subscription(subscription_id=key)
    effective_at = max(subscription.current_period_ends_at, subscription.started_at)
    # A boundary to which no run has come yet is where the next version begins all the same.
    at = min(now_for(subscription), effective_at)
    if subscription.status not in LIVE_STATUSES or subscription.plan_version_id == target.pk:
        return None
    reason = _left_because(subscription, target, effective_at)
    fees = (0, 0)
    try:
        fees = _fee(subscription, subscription.plan_version), _fee(subscription, target)
    except DomainError as error:
        reason = error.code
    if not reason and not dry_run:
        terms = ChangeTerms(kind=ChangeKind.PLAN, version=target, planned=True)
        schedule_change(subscription_id=key, terms=terms, effective_at=effective_at, at=at)
    return Migrated(subscription, subscription.plan_version.number, effective_at, *fees, reason)


def _left_because(subscription: Subscription, target: PlanVersion, effective_at: datetime) -> str:
    pending = [change for change in pending_changes(subscription.pk) if change.effective_at <= effective_at]
    if any(change.kind == ChangeKind.CANCEL for change in pending):
        return ENDS
    if any(_leads_to(change) == target.pk for change in pending_changes(subscription.pk)):
        return SCHEDULED
    return MOVES if any(_leads_to(change) for change in pending) else ""


def _leads_to(change: ScheduledChange) -> int | None:
    return change.plan_version_id if change.kind == ChangeKind.PLAN else None


def _fee(subscription: Subscription, version: PlanVersion) -> int:
    """The fees of a whole billing period at a version, each rounded as on its line."""
    prices = prices_of(version, subscription.currency)
    main = main_cadence(prices)
    fees = [price for price in prices if (price.interval, price.interval_count) == main]
    amounts = [
        _amount(subscription, price) for price in fees if price.quantity_source != QuantitySource.METER
    ]
    return Money.total(amounts, subscription.currency).minor


def _amount(subscription: Subscription, price: Price) -> Money:
    seats = price.quantity_source == QuantitySource.SEATS
    quantity = subscription.quantities.get(price.code, subscription.quantity) if seats else 1
    return price_quantity(
        model=price.model, parameters=price.parameters, quantity=quantity, currency=price.currency
    ).money


def _total(currency: str, rows: Sequence[Migrated]) -> MigrationTotal:
    return MigrationTotal(
        currency,
        len(rows),
        sum(row.fee_now_minor for row in rows),
        sum(row.fee_then_minor for row in rows),
    )
