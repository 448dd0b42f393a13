from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from apps.billing.errors import CardRequired
from apps.billing.services.run.bill_customer import bill_through, lock_billed_customer
from apps.billing.services.subscriptions.agree_schedule import AgreedPhase, agree_schedule, check_quantities
from apps.billing.services.subscriptions.grant_trial import MAX_TRIAL_DAYS, TrialTerms, grant_trial
from apps.core.errors import InvalidInput
from apps.customers.models import Customer
from apps.invoices.models import Invoice
from apps.payments.selectors import default_method
from apps.plans.enums import PeriodAlignment
from apps.plans.models import PlanVersion
from apps.plans.selectors import prices_of, published_version
from apps.promos.services.redeem import redeem_coupon
from apps.subscriptions.enums import CollectionMethod, SubscriptionStatus
from apps.subscriptions.models import Subscription
from apps.subscriptions.selectors import ended_since
from apps.subscriptions.services.hold_trial import hold_trial
from apps.subscriptions.services.record_trial_use import record_trial_use
from apps.subscriptions.services.start import SubscriptionTerms, start_subscription, trial_end_of_terms

# Bills of longer ago are written by whoever made them: running subscriptions are imported.
MAX_BACKDATED = timedelta(days=731)
_BEARS_ADD_ONS = (SubscriptionStatus.TRIALING, SubscriptionStatus.ACTIVE, SubscriptionStatus.PAST_DUE)


@dataclass(frozen=True, slots=True)
class Purchase:
    """What a customer wants to subscribe to.

    `trial_days` None means the plan's own trial, which a customer has once; a number, or a `trial_until`
    (UTC), is granted as it is. `quantities` are those of single seat prices, by code. `starts_at` and
    `ends_at` (UTC, exclusive) are the agreed term, `phases` what it goes over to. An add-on names the
    `parent` that it ends with. A `promotion_code` is redeemed for the subscription before its first bill, and
    so are `coupons`: codes that the seller has put in. `version` is sold in place of the plan's newest one;
    who names it has seen that it may be.
    """

    plan_code: str
    currency: str = ""
    quantity: int = 1
    quantities: Mapping[str, int] = field(default_factory=dict)
    trial_days: int | None = None
    trial_until: datetime | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    phases: Sequence[AgreedPhase] = ()
    billing_day: int | None = None
    parent: Subscription | None = None
    external_id: str | None = None
    collection_method: CollectionMethod = CollectionMethod.CHARGE_AUTOMATICALLY
    promotion_code: str = ""
    coupons: Sequence[str] = ()
    version: PlanVersion | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Subscribed:
    """A subscription that has begun, or will, and the invoices that it owes by now."""

    subscription: Subscription
    invoices: list[Invoice]


@transaction.atomic
def subscribe(*, customer: Customer, purchase: Purchase, at: datetime) -> Subscribed:
    """Make a subscription at `at` (UTC) and issue its first invoice, all in one transaction.

    The currency is the customer's unless named. What else of the customer is due waits for the run. One that
    begins later is billed then; one that began earlier is billed for every period until now, the oldest
    first, each on an invoice of now. Nothing is charged here: the collection opens, and a worker (or the
    caller, with the customer present) collects after the commit.

    Raises:
        PlanNotFound, PriceUnavailable: it is not sold here (404), or not in that currency (422).
        CardRequired: it is charged automatically and there is no payment method (409).
        InvalidInput: a quantity, day, trial, phase or parent makes no sense (422).
        SubscriptionRefused: a running subscription has the same external id (409).
        PromotionCodeNotFound, CouponRefused: as `redeem_coupon` (404, 409).
    """
    customer = lock_billed_customer(customer_id=customer.pk)
    terms = _terms_with_trial(customer, purchase)
    _check_start(customer, purchase, at)
    trial_ends_at = trial_end_of_terms(terms, purchase.starts_at or at, customer.time_zone)
    _check_card(customer, terms, trial_ends_at)
    subscription = start_subscription(customer=customer, terms=terms, at=at)
    if trial_ends_at is not None:
        record_trial_use(subscription=subscription, card_fingerprint=fingerprint_of(customer))
    agree_schedule(subscription=subscription, phases=purchase.phases, ends_at=purchase.ends_at, at=at)
    redeem_for(subscription=subscription, code=purchase.promotion_code, at=at)
    for code in purchase.coupons:
        redeem_coupon(customer=customer, code=code, subscription=subscription, at=at)
    return Subscribed(subscription, _bill_until_now(customer, subscription, at))


def redeem_for(*, subscription: Subscription, code: str, at: datetime) -> None:
    """Redeem the code that a customer has typed for their subscription; nothing without one.

    Raises:
        PromotionCodeNotFound, CouponRefused: as `redeem_coupon` (404, 409).
    """
    if code:
        redeem_coupon(
            customer=subscription.customer, code=code, subscription=subscription, by_customer=True, at=at
        )


def terms_of_purchase(*, customer: Customer, purchase: Purchase) -> SubscriptionTerms:
    """What a purchase means here and now: version, prices, currency, trial.

    Raises:
        PlanNotFound, PriceUnavailable, InvalidInput: as `subscribe`.
    """
    version = purchase.version or published_version(plan_code=purchase.plan_code, brand_id=customer.brand_id)
    currency = purchase.currency or customer.currency
    prices = prices_of(version, currency)
    check_quantities(prices, purchase.quantity, purchase.quantities)
    _check_billing_day(version, purchase.billing_day)
    _check_parent(customer, purchase.parent)
    trial = _trial(customer, purchase, version)
    return SubscriptionTerms(
        version=version,
        prices=prices,
        currency=currency,
        quantity=purchase.quantity,
        quantities=purchase.quantities,
        starts_at=purchase.starts_at,
        trial_days=trial.days,
        trial_from=trial.counts_from,
        trial_until=purchase.trial_until,
        billing_day=purchase.billing_day,
        parent=purchase.parent,
        external_id=purchase.external_id,
        collection_method=purchase.collection_method,
        metadata=purchase.metadata,
    )


def _terms_with_trial(customer: Customer, purchase: Purchase) -> SubscriptionTerms:
    """What a purchase means when nobody with the same mailbox or card can take its trial meanwhile."""
    terms = terms_of_purchase(customer=customer, purchase=purchase)
    if not terms.trial_days or not customer.brand.one_trial_per_customer:
        return terms
    hold_trial(customer=customer, plan=terms.version.plan, card_fingerprint=fingerprint_of(customer))
    return terms_of_purchase(customer=customer, purchase=purchase)


def fingerprint_of(customer: Customer) -> str:
    """What tells the customer's default card from others, whoever has it; empty without one."""
    method = default_method(customer.pk)
    return method.fingerprint if method else ""


def _trial(customer: Customer, purchase: Purchase, version: PlanVersion) -> TrialTerms:
    if purchase.trial_until is not None and purchase.trial_days is not None:
        raise InvalidInput("Name the trial's days or its end, not both.", field="trial_until")
    if purchase.trial_until is not None:
        return TrialTerms()
    if purchase.trial_days is None:
        return grant_trial(
            customer=customer,
            version=version,
            external_id=purchase.external_id,
            card_fingerprint=fingerprint_of(customer),
        )
    if not 0 <= purchase.trial_days <= MAX_TRIAL_DAYS:
        raise InvalidInput(f"A trial is from 0 to {MAX_TRIAL_DAYS} days.", field="trial_days")
    return TrialTerms(purchase.trial_days)


def _check_start(customer: Customer, purchase: Purchase, at: datetime) -> None:
    starts_at = purchase.starts_at or at
    if starts_at < at - MAX_BACKDATED:
        raise InvalidInput("It began too long ago: import it instead.", field="starts_at")
    if purchase.trial_until is not None:
        longest = starts_at + timedelta(days=MAX_TRIAL_DAYS)
        if not starts_at < purchase.trial_until <= longest:
            raise InvalidInput(
                f"A trial ends after the start, within {MAX_TRIAL_DAYS} days.", field="trial_until"
            )
    # What a contract of the same name has billed until its end must not be billed again.
    if starts_at < at and ended_since(customer.pk, purchase.external_id, starts_at):
        raise InvalidInput("The one before with this external id ended later.", field="starts_at")


def _check_billing_day(version: PlanVersion, day: int | None) -> None:
    if day is None:
        return
    if not 1 <= day <= 31:
        raise InvalidInput("A billing day is from 1 to 31.", field="billing_day")
    if version.alignment != PeriodAlignment.BILLING_DAY:
        raise InvalidInput("This plan's periods are not aligned to a billing day.", field="billing_day")


def _check_parent(customer: Customer, parent: Subscription | None) -> None:
    if parent is None:
        return
    if parent.customer_id != customer.pk:
        raise InvalidInput("An add-on is the same customer's.", field="parent")
    if parent.parent_id is not None or parent.status not in _BEARS_ADD_ONS:
        raise InvalidInput("Add-ons are added to a running subscription that is none.", field="parent")


def _check_card(customer: Customer, terms: SubscriptionTerms, trial_ends_at: datetime | None) -> None:
    free = terms.version.plan.is_free
    if free or terms.collection_method == CollectionMethod.SEND_INVOICE:
        return
    if trial_ends_at is not None and not terms.version.trial_requires_card:
        return
    if not default_method(customer.pk):
        raise CardRequired(
            "Save a payment method first, or have invoices sent instead.", field="payment_method"
        )


def _bill_until_now(customer: Customer, subscription: Subscription, at: datetime) -> list[Invoice]:
    # Planning phases has locked and moved the row behind our back.
    subscription.refresh_from_db(fields=["next_bill_at"])
    return bill_through(customer=customer, subscription=subscription, at=at)
