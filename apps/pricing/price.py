from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from apps.pricing.charge_models import CHARGE_MODELS
from apps.pricing.charge_models.base import ChargeModel, Priced
from apps.pricing.currencies import exponent
from apps.pricing.errors import PricingError
from apps.pricing.exact import difference, total
from apps.pricing.money import Money
from apps.pricing.parameters import decimal_from
from apps.pricing.trace import Step, Trace, step


@dataclass(frozen=True, slots=True)
class PricedQuantity:
    """The price of a quantity: exact in major units, rounded once as money, and why."""

    exact: Decimal
    money: Money
    trace: Trace


def parse_model(*, model: str, parameters: Mapping[str, object], currency: str) -> ChargeModel:
    """Check the parameters of a price and return its charge model.

    Raises:
        PricingError: `unknown_model`, `unknown_currency`, or what the model's own `parse` refuses.
    """
    exponent(currency)
    if model not in CHARGE_MODELS:
        raise PricingError("unknown_model", f"charge model {model!r} is not known", "model")
    return CHARGE_MODELS[model](parameters, currency)


def price_quantity(
    *, model: str, parameters: Mapping[str, object], quantity: Decimal | int | str, currency: str
) -> PricedQuantity:
    """Price a quantity of units under a charge model; rounds once, half away from zero.

    Raises:
        PricingError: as `parse_model`; `float_refused` or `invalid_decimal` for the quantity.
    """
    priced = parse_model(model=model, parameters=parameters, currency=currency).price(
        decimal_from(quantity, "quantity")
    )
    return _rounded_once(priced, currency)


def price_further_quantity(
    *,
    model: str,
    parameters: Mapping[str, object],
    prior_quantity: Decimal | int | str,
    quantity: Decimal | int | str,
    currency: str,
) -> PricedQuantity:
    """Price `quantity` units that come after `prior_quantity` units of the same period.

    The price is price(prior + quantity) - price(prior), exact, rounded once. With nothing prior the whole
    price is due: the flat amount of an empty period does not count as billed yet. To correct a line that was
    already rounded, subtract its amount from the new total instead, so that the lines sum to the total.

    Raises:
        PricingError: as `price_quantity`.
    """
    charge_model = parse_model(model=model, parameters=parameters, currency=currency)
    prior = decimal_from(prior_quantity, "prior_quantity")
    further = decimal_from(quantity, "quantity")
    whole = charge_model.price(total([prior, further]))
    if not prior:
        return _rounded_once(whole, currency)
    before = charge_model.price(prior)
    exact = difference(whole.exact, before.exact)
    taken_off = step("already_priced", units=prior, amount=before.exact)
    return _rounded_once(Priced(exact, whole.trace.then(taken_off)), currency)


def _rounded_once(priced: Priced, currency: str) -> PricedQuantity:
    money = Money.from_exact(priced.exact, currency)
    return PricedQuantity(priced.exact, money, priced.trace.then(rounding_step(priced.exact, money)))


def rounding_step(exact: Decimal, money: Money) -> Step:
    """Return the closing step of a trace: the total, and what rounding did to it."""
    if exact == money.major:
        return step("total", amount=money.major)
    return step("rounded", exact=exact, amount=money.major)
