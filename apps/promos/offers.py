"""Which of several codes takes most off a purchase: a preview, nothing is redeemed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from apps.core.errors import DomainError
from apps.customers.models import Customer
from apps.pricing.money import Money
from apps.promos.eligibility import free_slots, refuse_closed, refuse_customer, refuse_purchase
from apps.promos.errors import CouponBelowMinimum
from apps.promos.selectors import asked_coupon, terms_of
from apps.promos.terms import CouponTerms
from apps.subscriptions.billed_line import BilledLine
from apps.subscriptions.models import Subscription


@dataclass(frozen=True, slots=True)
class OfferedLine:
    """A line of the purchase, before tax, in minor units; a credit (below zero) counts as 0."""

    line: BilledLine
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Purchase:
    """What a customer is about to buy; `subscription` where it is for one that exists."""

    currency: str
    lines: Sequence[OfferedLine]
    subscription: Subscription | None = None


@dataclass(frozen=True, slots=True)
class Offer:
    """What a code would take off, in minor units; `refusal` is the code of the error it would raise."""

    code: str
    name: str = ""
    coupon_id: str = ""
    takes_minor: int = 0
    refusal: str = ""
    reason: str = ""


def compare_offers(
    *, customer: Customer, codes: Sequence[str], purchase: Purchase, at: datetime, by_customer: bool = True
) -> list[Offer]:
    """What each of some codes alone would take off a purchase: the most first, the refused last.

    Each percentage is rounded once, half away from zero, as on an invoice. Of equal offers the code that was
    given first stands first. `at` is the customer's time.
    """
    offers = [_offer(customer, code, purchase, at, by_customer) for code in dict.fromkeys(codes)]
    return sorted(offers, key=lambda offer: (bool(offer.refusal), -offer.takes_minor))


def best_offer(
    *, customer: Customer, codes: Sequence[str], purchase: Purchase, at: datetime, by_customer: bool = True
) -> Offer | None:
    """The code that takes most off a purchase; None when none of them takes anything."""
    offers = compare_offers(customer=customer, codes=codes, purchase=purchase, at=at, by_customer=by_customer)
    return next((offer for offer in offers if offer.takes_minor), None)


def taken_minor(terms: CouponTerms, purchase: Purchase) -> int:
    """What terms take off a purchase, in minor units.

    Raises:
        CouponBelowMinimum: what they cover is less than their minimum (409).
    """
    covered = sum(
        max(offered.amount_minor, 0) for offered in purchase.lines if terms.scope.covers(offered.line)
    )
    minimum = terms.minimums.get(purchase.currency, 0)
    if covered < minimum:
        raise CouponBelowMinimum("What it covers is below its minimum amount.")
    whole = Money(covered, purchase.currency).major
    return Money.from_exact(terms.discount(purchase.currency).of(whole), purchase.currency).minor


def _offer(customer: Customer, code: str, purchase: Purchase, at: datetime, by_customer: bool) -> Offer:
    subscription = purchase.subscription
    try:
        asked = asked_coupon(customer=customer, code=code, by_customer=by_customer)
        terms = terms_of(asked.coupon)
        refuse_closed(asked, at=at)
        refuse_purchase(terms, customer=customer, subscription=subscription, currency=purchase.currency)
        free_slots(asked, customer=customer)
        refuse_customer(asked, terms, customer=customer, subscription=subscription)
        takes = taken_minor(terms, purchase)
    except DomainError as error:
        return Offer(code, refusal=error.code, reason=error.message)
    return Offer(code, asked.coupon.name, asked.coupon.public_id, takes)
