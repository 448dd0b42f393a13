"""The discounts that a customer has at an instant, as whoever bills applies them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from apps.pricing.discounts import Discount
from apps.promos.models import Redemption
from apps.promos.selectors import open_redemptions_of
from apps.promos.terms import CouponScope, CouponTerms
from apps.subscriptions.billed_line import BilledLine


@dataclass(frozen=True, slots=True)
class OpenDiscount:
    """One redemption that may take something off in one currency.

    A fixed `discount` is what is left of it, in major units. `minimum_minor` is what the lines that it covers
    come to at least, before any discount, for it to apply; 0 is no minimum.
    """

    redemption_id: int
    public_id: str
    name: str
    discount: Discount
    minimum_minor: int
    scope: CouponScope
    subscription_id: int | None

    @property
    def rank(self) -> int:
        """0 limited to meters, 1 limited to plans or products, 2 general."""
        return self.scope.rank

    def covers(self, line: BilledLine) -> bool:
        """Whether it may take something off a line."""
        if self.subscription_id is not None and line.subscription_id != self.subscription_id:
            return False
        return self.scope.covers(line)


def open_discounts(*, customer_id: int, currency: str, at: datetime) -> list[OpenDiscount]:
    """A customer's discounts in a currency, in the order in which they were redeemed until `at` (inclusive).

    One query. Of discounts that meet, one that stands alone counts only if it is the first, and then alone.
    """
    redeemed = open_redemptions_of(customer_id).filter(redeemed_at__lte=at)
    live = []
    for row in redeemed.select_related("coupon"):
        terms = CouponTerms.from_json(row.terms)
        left = left_minor(row, terms, currency)
        if terms.is_good_in(currency) and left != 0:
            live.append((row, terms, left))
    return [
        OpenDiscount(
            redemption_id=row.pk,
            public_id=row.public_id,
            name=row.coupon.name,
            discount=terms.discount(currency, left),
            minimum_minor=terms.minimums.get(currency, 0),
            scope=terms.scope,
            subscription_id=row.subscription_id,
        )
        for row, terms, left in _that_go_together(live)
    ]


def left_minor(redemption: Redemption, terms: CouponTerms, currency: str) -> int | None:
    """What is left of a fixed amount in a currency, in minor units; None for a percentage.

    Once the first invoice has used an amount that is given once, nothing is left of it in other currencies.
    """
    if terms.percent is not None:
        return None
    whole = terms.amounts.get(currency, 0)
    if not terms.spills or redemption.left_minor is None:
        return whole
    return redemption.left_minor if redemption.left_currency == currency else 0


def meet(one: int | None, other: int | None) -> bool:
    """Whether redemptions for two subscriptions (None: for all of them) can fall on one line."""
    return one is None or other is None or one == other


Live = tuple[Redemption, CouponTerms, int | None]


def _that_go_together(live: Iterable[Live]) -> list[Live]:
    # Redeeming refuses such company; a voided invoice that opens a used one again can bring it about.
    taken: list[Live] = []
    for row, terms, left in live:
        company = [known for held, known, _ in taken if meet(held.subscription_id, row.subscription_id)]
        if company and not (terms.combinable and all(known.combinable for known in company)):
            continue
        taken.append((row, terms, left))
    return taken
