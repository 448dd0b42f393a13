"""What a coupon promises: the terms that a redemption keeps, and what they cover."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from apps.pricing.discounts import Discount, DiscountType
from apps.pricing.money import Money
from apps.promos.enums import CouponDuration, CouponType
from apps.subscriptions.billed_line import BilledLine


@dataclass(frozen=True, slots=True)
class CouponScope:
    """The plans, products and meters that a coupon is limited to, by row ids; empty means any."""

    plans: frozenset[int] = frozenset()
    products: frozenset[int] = frozenset()
    meters: frozenset[int] = frozenset()

    @property
    def rank(self) -> int:
        """0 limited to meters, 1 limited to plans or products, 2 general."""
        if self.meters:
            return 0
        return 1 if self.plans or self.products else 2

    def sells(self, *, plan_id: int | None, product_id: int | None) -> bool:
        """Whether a plan is one of its plans, or of one of its products."""
        if not self.plans and not self.products:
            return True
        return plan_id in self.plans or product_id in self.products

    def covers(self, line: BilledLine) -> bool:
        """Whether a line is of its meters and of its plans or products."""
        if self.meters and line.meter_id not in self.meters:
            return False
        return self.sells(plan_id=line.plan_id, product_id=line.product_id)


@dataclass(frozen=True, slots=True)
class CouponTerms:
    """A coupon's terms at one time. Amounts by currency in minor units; no currencies means any."""

    type: CouponType
    percent: Decimal | None
    amounts: Mapping[str, int]
    minimums: Mapping[str, int]
    currencies: frozenset[str]
    duration: CouponDuration
    invoices: int | None
    combinable: bool
    scope: CouponScope

    def is_good_in(self, currency: str) -> bool:
        return not self.currencies or currency in self.currencies

    @property
    def uses(self) -> int | None:
        """How many invoices may use it; None for no limit but, of a fixed amount given once, the amount."""
        if self.duration is CouponDuration.ONCE and self.type is CouponType.PERCENT:
            return 1
        return self.invoices

    @property
    def spills(self) -> bool:
        """Whether what one invoice does not use of it is left for the next."""
        return self.type is CouponType.FIXED and self.duration is CouponDuration.ONCE

    def discount(self, currency: str, left_minor: int | None = None) -> Discount:
        """What it takes off in a currency that it is good in; `left_minor` in place of its whole amount."""
        if self.percent is not None:
            return Discount(DiscountType.PERCENT, self.percent)
        minor = self.amounts[currency] if left_minor is None else left_minor
        return Discount(DiscountType.FIXED, Money(minor, currency).major)

    def as_json(self) -> dict[str, Any]:
        return {
            "type": self.type.value,
            "percent": None if self.percent is None else format(self.percent.normalize(), "f"),
            "amounts": dict(self.amounts),
            "minimums": dict(self.minimums),
            "currencies": sorted(self.currencies),
            "duration": self.duration.value,
            "invoices": self.invoices,
            "combinable": self.combinable,
            "plans": sorted(self.scope.plans),
            "products": sorted(self.scope.products),
            "meters": sorted(self.scope.meters),
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> CouponTerms:
        return cls(
            type=CouponType(kept["type"]),
            percent=None if kept["percent"] is None else Decimal(kept["percent"]),
            amounts=kept["amounts"],
            minimums=kept["minimums"],
            currencies=frozenset(kept["currencies"]),
            duration=CouponDuration(kept["duration"]),
            invoices=kept["invoices"],
            combinable=kept["combinable"],
            scope=CouponScope(
                frozenset(kept["plans"]), frozenset(kept["products"]), frozenset(kept["meters"])
            ),
        )
