from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from apps.pricing.charge_models.base import Priced
from apps.pricing.exact import product
from apps.pricing.parameters import Parameters, as_parameters, read_positive, read_text, refuse_unknown
from apps.pricing.trace import Step, Trace, step


@dataclass(frozen=True, slots=True)
class PricingUnit:
    """A unit of the company's own in which a price is written, such as credits. `rate` is what one is worth
    in major units of the price's currency.
    """

    code: str
    rate: Decimal

    def to_money(self, priced: Priced) -> Priced:
        """Return a price in this unit as money, exact; the steps before stay in the unit."""
        exact = product(priced.exact, self.rate)
        converted = step("pricing_unit", units=priced.exact, code=self.code, rate=self.rate, amount=exact)
        steps = [Step(s.kind, {**s.inputs, "pricing_unit": self.code}) for s in priced.trace.steps]
        return Priced(exact, Trace(priced.trace.currency).then(*steps, converted))


def parse_pricing_unit(parameters: Parameters) -> PricingUnit | None:
    """Read `{"pricing_unit": {"code": "credits", "rate": "0.01"}}`; None where it is absent.

    Raises:
        PricingError: the field path names the culprit, such as `pricing_unit.rate`.
    """
    if parameters.get("pricing_unit") is None:
        return None
    fields = as_parameters(parameters["pricing_unit"], "pricing_unit")
    refuse_unknown(fields, {"code", "rate"}, "pricing_unit.")
    return PricingUnit(
        read_text(fields, "code", path="pricing_unit."), read_positive(fields, "rate", path="pricing_unit.")
    )
