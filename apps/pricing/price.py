"""What usage costs: charge model and terms applied, spend limits held, each line rounded once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from apps.pricing.charge_models.base import Priced
from apps.pricing.charge_price import ChargePrice, parse_price
from apps.pricing.exact import ZERO, difference, total
from apps.pricing.money import Money
from apps.pricing.parameters import decimal_from
from apps.pricing.trace import Step, Trace, step
from apps.pricing.usage import Usage

WHOLE = Fraction(1)


@dataclass(frozen=True, slots=True)
class PricedQuantity:
    """The price of usage: exact in major units, rounded once as money, and why."""

    exact: Decimal
    money: Money
    trace: Trace


def price_quantity(
    *, model: str, parameters: Mapping[str, object], quantity: Decimal | int | str, currency: str
) -> PricedQuantity:
    """Price a quantity of units under a charge model as one amount; rounds once, half away from zero.

    Raises:
        PricingError: as `parse_price`; `float_refused` or `invalid_decimal` for the quantity.
    """
    price = parse_price(model=model, parameters=parameters, currency=currency)
    usage = Usage(decimal_from(quantity, "quantity"))
    return rounded_once(total_price(price, usage), currency)


def total_price(
    price: ChargePrice,
    usage: Usage,
    *,
    is_last_line: bool = True,
    share: Fraction = WHOLE,
    earlier: Usage | None = None,
) -> Priced:
    """Return what all usage of a period costs, as one exact amount within the spend limits.

    The minimum holds on the last line of the period only; of a period that is only a `share` of a full one
    it is that share. Of a part of a period `usage` is what was used in it and in the parts before, and
    `earlier` what was used in those: their rounded price comes off, so that tiers do not begin anew.

    Raises:
        PricingError: where the model's policies refuse the usage.
    """
    parts = price.parts(usage)
    exact = total(part.priced.exact for part in parts)
    steps = [step for part in parts for step in part.priced.trace.steps]
    maximum = price.limits.maximum
    if maximum is not None and exact > maximum:
        steps.append(step("maximum_spend", maximum=maximum, amount=difference(exact, maximum)))
        exact = maximum
    if earlier is not None:
        before = rounded_once(total_price(price, earlier, is_last_line=False), price.currency).money.major
        steps.append(step("already_priced", units=earlier.quantity, amount=before))
        exact = difference(exact, before)
    minimum = price.limits.minimum_for(share) if is_last_line else ZERO
    if minimum and exact < minimum:
        steps.append(step("minimum_spend", minimum=minimum, amount=difference(minimum, exact)))
        exact = minimum
    return Priced(exact, Trace(price.currency).then(*steps))


def further_price(
    price: ChargePrice,
    *,
    prior: Usage,
    whole: Usage,
    billed: Decimal | None = None,
    is_last_line: bool = True,
    share: Fraction = WHOLE,
    earlier: Usage | None = None,
) -> Priced:
    """Return what `whole` usage of a period costs beyond `prior` usage, exact: price(whole) - price(prior).

    `billed` is the amount in major units that earlier lines of the period were rounded to. Where it is given
    it is taken off in place of price(prior), so that the lines sum to the whole. With nothing prior the
    whole price is due: the flat amount of an empty period does not count as billed yet. Below zero where
    prior usage cost more, as under a volume price. `share` and `earlier` as in `total_price`.

    Raises:
        PricingError: where the model's policies refuse the usage.
    """
    due = total_price(price, whole, is_last_line=is_last_line, share=share, earlier=earlier)
    if billed is not None:
        taken_off = step("already_billed", amount=billed)
        return Priced(difference(due.exact, billed), due.trace.then(taken_off))
    if prior.is_empty:
        return due
    before = total_price(price, prior, is_last_line=False).exact
    taken_off = step("already_priced", units=prior.quantity, amount=before)
    return Priced(difference(due.exact, before), due.trace.then(taken_off))


def rounded_once(priced: Priced, currency: str) -> PricedQuantity:
    """Return an exact price with its money, rounded half away from zero, and the step that says so."""
    money = Money.from_exact(priced.exact, currency)
    return PricedQuantity(priced.exact, money, priced.trace.then(rounding_step(priced.exact, money)))


def rounding_step(exact: Decimal, money: Money) -> Step:
    """Return the closing step of a trace: the total, and what rounding did to it."""
    if exact == money.major:
        return step("total", amount=money.major)
    return step("rounded", exact=exact, amount=money.major)
