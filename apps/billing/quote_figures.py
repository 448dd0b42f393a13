"""What a quote comes to: its bills, and a digest that tells whether they are still the same."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from apps.billing.effects import Bill, Effect
from apps.plans.models import PlanVersion, Price


@dataclass(frozen=True, slots=True)
class QuotedCode:
    """A code as it was redeemed in the rehearsal; `refusal` says why it would not count (then no coupon)."""

    code: str
    coupon: str = ""
    name: str = ""
    refusal: str = ""


@dataclass(frozen=True, slots=True)
class QuotePreview:
    """The first bill of what is quoted and the one of the next period, each whole, at the instant it comes.

    `starts_at` is when it begins; a trial comes before the first bill. `first` and `next` are None where no
    bill comes. `figures` is the same for equal prices, coupons, taxes and amounts, whatever the days.
    """

    at: datetime
    starts_at: datetime
    trial_ends_at: datetime | None
    version: PlanVersion
    prices: Sequence[Price]
    currency: str
    quantity: int
    first: Effect | None
    next: Effect | None
    codes: Sequence[QuotedCode]
    figures: str

    @property
    def tax_problem(self) -> str:
        """Why the tax is not known; empty where it is."""
        effects = (effect for effect in (self.first, self.next) if effect)
        return next((effect.tax_problem for effect in effects if effect.tax_problem), "")


def figures_of(
    *,
    version: PlanVersion,
    prices: Sequence[Price],
    codes: Sequence[QuotedCode],
    effects: Sequence[Effect | None],
) -> str:
    """A digest of what was promised: prices, coupons, and every amount with its tax.

    What a balance or prepaid credit pays is left out: that is the customer's own money.
    """
    bills = [[_figures(bill) for bill in effect.bills] if effect else None for effect in effects]
    redeemed = [[code.code, code.coupon, code.refusal] for code in codes]
    parts = [version.public_id, [price.public_id for price in prices], redeemed, bills]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _figures(bill: Bill) -> list[Any]:
    return [
        [[line.kind, line.price, f"{line.quantity.normalize():f}", line.amount_minor] for line in bill.lines],
        [[discount.source, discount.name, discount.amount_minor] for discount in bill.discounts],
        [
            [row.category, row.jurisdiction, f"{row.percent.normalize():f}", row.taxable_minor, row.tax_minor]
            for row in bill.taxes
        ],
        [bill.subtotal_minor, bill.discount_minor, bill.tax_minor, bill.total_minor, bill.tax_problem],
    ]
