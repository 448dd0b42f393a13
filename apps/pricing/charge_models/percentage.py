from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from apps.pricing.charge_models.allowance import Allowance, parse_allowance
from apps.pricing.charge_models.base import (
    ChargeModel,
    NegativeQuantity,
    Priced,
    counted_quantity,
    read_negative_quantity,
)
from apps.pricing.errors import PricingError
from apps.pricing.exact import ZERO, difference, percent, product, total
from apps.pricing.parameters import Parameters, read_decimal, read_optional, refuse_unknown
from apps.pricing.trace import Step, Trace, step
from apps.pricing.usage import Usage

KEYS = frozenset(
    {
        *("rate_percent", "fixed_fee_per_event", "free_events", "free_amount"),
        *("per_event_min", "per_event_max", "negative_quantity"),
    }
)


@dataclass(frozen=True, slots=True)
class Percentage(ChargeModel):
    """A percentage of what the events are worth, plus a fee for each charged event. Major units.

    Free are the first events, until the number or the amount of the allowance is used up; the event that
    crosses the amount pays the percentage of what exceeds it and the whole fee. Minimum and maximum hold
    for percentage + fee of each charged event. An event below zero is a refund: it takes its percentage
    back, and carries no fee.
    """

    currency: str
    rate_percent: Decimal
    fixed_fee_per_event: Decimal
    allowance: Allowance
    per_event_min: Decimal | None
    per_event_max: Decimal | None
    negative_quantity: NegativeQuantity

    @property
    def reads(self) -> frozenset[str]:
        """The single amounts, unless their sum says everything."""
        limited = self.per_event_min is not None or self.per_event_max is not None
        needs_events = self.fixed_fee_per_event or self.allowance.is_given or limited
        return frozenset({"amounts"}) if needs_events else frozenset()

    def _price(self, usage: Usage) -> Priced:
        # Only for its refusal: refunds are priced one by one.
        counted_quantity(usage.quantity, self.negative_quantity)
        steps: list[Step] = []
        amounts = usage.amounts
        if amounts is None:
            amounts = [usage.quantity] if usage.quantity else []
        charged, free = self.allowance.split(amounts)
        rates = [product(amount, percent(self.rate_percent)) for amount in charged]
        before = [self._with_fee(rate) for rate in rates]
        after = [self._limited(price) for price in before]
        if free.events:
            steps.append(step("free_events", events=Decimal(free.events), sum=free.amount))
        elif free.amount:
            steps.append(step("free_amount", sum=free.amount))
        steps.append(step("percentage", sum=total(charged), rate=self.rate_percent, amount=total(rates)))
        fees = sum(1 for rate in rates if rate >= 0)
        if self.fixed_fee_per_event and fees:
            fee = self.fixed_fee_per_event
            steps.append(
                step("event_fees", events=Decimal(fees), fee=fee, amount=product(Decimal(fees), fee))
            )
        steps += self._limit_steps(before, after)
        exact = total(after)
        if exact < 0:
            exact, steps = ZERO, [*steps, step("released_below_zero", amount=ZERO)]
        return Priced(exact, Trace(self.currency).then(*steps))

    def _with_fee(self, rate: Decimal) -> Decimal:
        return rate if rate < 0 else total([rate, self.fixed_fee_per_event])

    def _limited(self, price: Decimal) -> Decimal:
        if price < 0:
            return price
        if self.per_event_min is not None:
            price = max(price, self.per_event_min)
        return price if self.per_event_max is None else min(price, self.per_event_max)

    def _limit_steps(self, before: list[Decimal], after: list[Decimal]) -> list[Step]:
        steps = []
        moved = [difference(new, old) for old, new in zip(before, after, strict=True)]
        raised, lowered = [m for m in moved if m > 0], [-m for m in moved if m < 0]
        if raised and self.per_event_min is not None:
            count = Decimal(len(raised))
            steps.append(step("event_min", events=count, minimum=self.per_event_min, amount=total(raised)))
        if lowered and self.per_event_max is not None:
            count = Decimal(len(lowered))
            steps.append(step("event_max", events=count, maximum=self.per_event_max, amount=total(lowered)))
        return steps


def parse(parameters: Parameters, currency: str) -> Percentage:
    """Read `{"rate_percent": "2.9", "fixed_fee_per_event": "0.30", "free_events": "3", "free_amount": "250",
    "per_event_min": "0.50", "per_event_max": "12"}`; all but `rate_percent` may be absent or null.

    Raises:
        PricingError: a parameter is unknown, negative or not a decimal string; `min_above_max`;
            `not_whole` for a fraction of a free event.
    """
    refuse_unknown(parameters, KEYS)
    low, high = read_optional(parameters, "per_event_min"), read_optional(parameters, "per_event_max")
    if low is not None and high is not None and low > high:
        raise PricingError("min_above_max", "per_event_min is above per_event_max", "per_event_min")
    return Percentage(
        currency,
        read_decimal(parameters, "rate_percent"),
        read_optional(parameters, "fixed_fee_per_event") or ZERO,
        parse_allowance(parameters),
        low,
        high,
        read_negative_quantity(parameters),
    )
