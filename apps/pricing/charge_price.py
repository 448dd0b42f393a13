from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from apps.pricing.charge_models import CHARGE_MODELS
from apps.pricing.charge_models.base import ChargeModel, Part, Priced
from apps.pricing.charge_models.matrix import Matrix
from apps.pricing.currencies import exponent
from apps.pricing.errors import PricingError
from apps.pricing.exact import ZERO, difference, percent, product, total
from apps.pricing.parameters import Parameters, as_parameters, read_decimal
from apps.pricing.price_terms import spend_limits
from apps.pricing.price_terms.pricing_unit import PricingUnit, parse_pricing_unit
from apps.pricing.price_terms.spend_limits import SpendLimits, parse_spend_limits
from apps.pricing.price_terms.unit_conversion import UnitConversion, parse_unit_conversion
from apps.pricing.trace import Step, Trace, step
from apps.pricing.usage import Usage

BASE = "base"
"""The dimension of a base fee that stands on a line of its own."""
QUANTITY_KEYS = frozenset({"unit_conversion", "usage_discount_units"})
KEYS = QUANTITY_KEYS | spend_limits.KEYS | frozenset({"base_amount", "pricing_unit", "percentage_discount"})


@dataclass(frozen=True, slots=True)
class ChargePrice:
    """A charge model with the terms around it, in the order in which they act.

    1. `conversion` of metered units, with its rounding; 2. `usage_discount_units`, free once per period;
    3. the model; 4. `base_amount`; 5. the pricing unit becomes money; 6. `percentage_discount`;
    7. the spend limits. Amounts up to 5 are in the pricing unit, if there is one.
    """

    currency: str
    model: ChargeModel
    conversion: UnitConversion | None
    usage_discount_units: Decimal
    base_amount: Decimal
    pricing_unit: PricingUnit | None
    percentage_discount: Decimal
    limits: SpendLimits

    @property
    def splits(self) -> bool:
        """Whether usage may be priced in several lines, or in none."""
        return isinstance(self.model, Matrix)

    def parts(self, usage: Usage) -> list[Part]:
        """Return the lines of the price before the spend limits, exact in major units of money.

        Raises:
            PricingError: where the model's policies refuse the usage.
        """
        billable, steps = self._billable(usage)
        parts = self.model.parts(billable)
        if not self.splits:
            parts = [replace(parts[0], quantity=usage.quantity)]
        if self.base_amount:
            parts = self._with_base(parts)
        return [replace(part, priced=self._as_money(part.priced, steps)) for part in parts]

    def _billable(self, usage: Usage) -> tuple[Usage, list[Step]]:
        quantity, weighted, steps = usage.quantity, usage.prorated_quantity, []
        if self.conversion is not None:
            steps.append(self.conversion.step(quantity))
            quantity = self.conversion.convert(quantity)
            weighted = None if weighted is None else self.conversion.convert(weighted)
        if free := min(self.usage_discount_units, max(quantity, ZERO)):
            steps.append(step("free_units", units=free))
            quantity = difference(quantity, free)
            weighted = None if weighted is None else max(difference(weighted, free), ZERO)
        return replace(usage, quantity=quantity, prorated_quantity=weighted) if steps else usage, steps

    def _with_base(self, parts: list[Part]) -> list[Part]:
        base = step("base_amount", amount=self.base_amount)
        if self.splits:
            trace = Trace(self.currency).then(base)
            return [Part(Decimal(1), Priced(self.base_amount, trace), dimension=BASE), *parts]
        first = parts[0].priced
        priced = Priced(total([first.exact, self.base_amount]), first.trace.then(base))
        return [replace(parts[0], priced=priced)]

    def _as_money(self, priced: Priced, steps: list[Step]) -> Priced:
        priced = Priced(priced.exact, Trace(self.currency).then(*steps, *priced.trace.steps))
        if self.pricing_unit is not None:
            priced = self.pricing_unit.to_money(priced)
        if not self.percentage_discount:
            return priced
        off = product(priced.exact, percent(self.percentage_discount))
        taken = step("percentage_discount", rate=self.percentage_discount, amount=off)
        return Priced(difference(priced.exact, off), priced.trace.then(taken))


def parse_price(*, model: str, parameters: Mapping[str, object], currency: str) -> ChargePrice:
    """Check the parameters of a price and return it.

    Raises:
        PricingError: `unknown_model`, `unknown_currency`, what the model's own `parse` refuses;
            `unfit_parameter` for terms of a quantity beside a model that does not price the quantity;
            `above_hundred` for a discount of more than all.
    """
    exponent(currency)
    if model not in CHARGE_MODELS:
        raise PricingError("unknown_model", f"charge model {model!r} is not known", "model")
    fields = as_parameters(parameters, "")
    own = {key: value for key, value in fields.items() if key not in KEYS}
    charge_model = CHARGE_MODELS[model](own, currency)
    _refuse_unfit(model, charge_model, fields)
    discount = read_decimal(fields, "percentage_discount", default="0")
    if discount > 100:
        raise PricingError("above_hundred", "percentage_discount must be 100 at most", "percentage_discount")
    return ChargePrice(
        currency,
        charge_model,
        parse_unit_conversion(fields),
        read_decimal(fields, "usage_discount_units", default="0"),
        read_decimal(fields, "base_amount", default="0"),
        parse_pricing_unit(fields),
        discount,
        parse_spend_limits(fields),
    )


def _refuse_unfit(name: str, model: ChargeModel, fields: Parameters) -> None:
    for key in QUANTITY_KEYS & fields.keys():
        if model.reads or name == "flat":
            message = f"{key} changes a quantity, which {name} with these parameters does not price"
            raise PricingError("unfit_parameter", message, key)
