from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

from apps.pricing.charge_models.base import Part, Priced
from apps.pricing.charge_price import ChargePrice
from apps.pricing.exact import ZERO, difference, total
from apps.pricing.money import Money
from apps.pricing.price import WHOLE, rounded_once
from apps.pricing.price_terms.spend_limits import ChargeMinimum
from apps.pricing.trace import Trace, step
from apps.pricing.usage import Usage

TRUE_UP = "true_up"


@dataclass(frozen=True, slots=True)
class PriceLine:
    """One line of a priced period: exact in major units, rounded once as money, and why.

    `kind` is `usage`, or `true_up` for what was missing to the minimum spend; the base fee beside several
    lines has the dimension `base`.
    """

    kind: str
    dimension: str
    label: str
    quantity: Decimal
    exact: Decimal
    money: Money
    trace: Trace


def price_lines(
    price: ChargePrice,
    usage: Usage,
    *,
    billed: Decimal = ZERO,
    is_last_line: bool = True,
    share: Fraction = WHOLE,
) -> list[PriceLine]:
    """Return the lines of what usage of a period costs, each rounded once, half away from zero.

    The maximum spend is used up by the lines in their order, after `billed` (major units), what earlier
    invoices of the period came to. The minimum is topped up from the rounded lines, so that they sum
    to it; of a period that is only a `share` of a full one it is that share.

    Raises:
        PricingError: where the model's policies refuse the usage.
    """
    lines, spent = [], billed
    for part in price.parts(usage):
        line = _line(part, _capped(price, part.priced, spent))
        lines.append(line)
        spent = total([spent, line.money.major])
    minimum = price.limits.minimum_for(share) if is_last_line else ZERO
    missing = difference(Money.from_exact(minimum, price.currency).major, spent)
    if missing <= 0:
        return lines
    if price.limits.charge_minimum is ChargeMinimum.SAME_LINE and len(lines) == 1:
        return [_topped_up(lines[0], minimum, missing)]
    trace = Trace(price.currency).then(step("minimum_spend", minimum=minimum, amount=missing))
    own = Part(Decimal(1), Priced(missing, trace), kind=TRUE_UP)
    return [*lines, _line(own, own.priced)]


def _topped_up(line: PriceLine, minimum: Decimal, missing: Decimal) -> PriceLine:
    exact = total([line.money.major, missing])
    trace = line.trace.then(step("minimum_spend", minimum=minimum, amount=missing))
    rounded = rounded_once(Priced(exact, trace), line.trace.currency)
    return replace(line, exact=exact, money=rounded.money, trace=rounded.trace)


def _capped(price: ChargePrice, priced: Priced, spent: Decimal) -> Priced:
    maximum = price.limits.maximum
    if maximum is None:
        return priced
    left = max(difference(maximum, spent), ZERO)
    if priced.exact <= left:
        return priced
    off = step("maximum_spend", maximum=maximum, amount=difference(priced.exact, left))
    return Priced(left, priced.trace.then(off))


def _line(part: Part, priced: Priced) -> PriceLine:
    rounded = rounded_once(priced, priced.trace.currency)
    return PriceLine(
        part.kind, part.dimension, part.label, part.quantity, rounded.exact, rounded.money, rounded.trace
    )
