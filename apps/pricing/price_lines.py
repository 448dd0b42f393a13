from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

from apps.pricing.charge_models.base import Part, Priced
from apps.pricing.charge_price import ChargePrice
from apps.pricing.exact import ZERO, difference, total
from apps.pricing.money import Money
from apps.pricing.price import WHOLE, rounded_once, rounding_step
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
    earlier: Usage | None = None,
) -> list[PriceLine]:
    """Return the lines of what usage of a period costs, each rounded once, half away from zero.

    The maximum spend is used up by the lines in their order, after `billed` (major units), what earlier
    invoices of the period came to. The minimum is topped up from the rounded lines, so that they sum
    to it; of a period that is only a `share` of a full one it is that share.

    Of a part of a period `usage` is what was used in it and in the parts before, and `earlier` what was used
    in those: what they cost comes off line by line, so that tiers do not begin anew, and the lines of all
    parts sum to those of the whole. Below zero where the whole costs less, as under a volume price.

    Raises:
        PricingError: where the model's policies refuse the usage.
    """
    lines = _lines(price, usage, billed)
    if earlier is not None:
        lines = _beyond(lines, _lines(price, earlier, billed))
    spent = total([billed, *(line.money.major for line in lines)])
    minimum = price.limits.minimum_for(share) if is_last_line else ZERO
    missing = difference(Money.from_exact(minimum, price.currency).major, spent)
    if not minimum or missing <= 0:
        return lines
    if price.limits.charge_minimum is ChargeMinimum.SAME_LINE and len(lines) == 1:
        return [_topped_up(lines[0], minimum, missing)]
    trace = Trace(price.currency).then(step("minimum_spend", minimum=minimum, amount=missing))
    own = Part(Decimal(1), Priced(missing, trace), kind=TRUE_UP)
    return [*lines, _line(own, own.priced)]


def _lines(price: ChargePrice, usage: Usage, billed: Decimal) -> list[PriceLine]:
    """The lines below the maximum spend, without the minimum."""
    lines, spent = [], billed
    for part in price.parts(usage):
        line = _line(part, _capped(price, part.priced, spent))
        lines.append(line)
        spent = total([spent, line.money.major])
    return lines


def _beyond(lines: list[PriceLine], before: list[PriceLine]) -> list[PriceLine]:
    """Lines less those of the same kind and dimension before them."""
    known = {(line.kind, line.dimension): line for line in before}
    kept = [_less(line, known.pop((line.kind, line.dimension), None)) for line in lines]
    # Of these nothing is left: events of the parts before do not count for the whole.
    gone = [_less(_nothing_of(line), line) for line in known.values()]
    return kept + gone


def _less(line: PriceLine, before: PriceLine | None) -> PriceLine:
    if before is None:
        return line
    exact, money = difference(line.exact, before.money.major), line.money - before.money
    # The closing step tells the whole.
    steps = line.trace.steps[:-1]
    taken_off = step("already_priced", units=before.quantity, amount=before.money.major)
    trace = Trace(line.trace.currency).then(*steps, taken_off, rounding_step(exact, money))
    quantity = difference(line.quantity, before.quantity)
    return replace(line, quantity=quantity, exact=exact, money=money, trace=trace)


def _nothing_of(line: PriceLine) -> PriceLine:
    nothing = Part(ZERO, Priced(ZERO, Trace(line.trace.currency)), line.kind, line.dimension, line.label)
    return _line(nothing, nothing.priced)


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
