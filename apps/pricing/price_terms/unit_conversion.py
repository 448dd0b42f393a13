from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from apps.pricing.errors import PricingError
from apps.pricing.exact import ZERO, exact_fraction, product
from apps.pricing.parameters import (
    Parameters,
    as_parameters,
    decimal_from,
    read_choice,
    read_positive,
    refuse_unknown,
)
from apps.pricing.rounding import Rounding, rounded_decimal
from apps.pricing.trace import Step, step

MAX_PRECISION = 30


class Operation(StrEnum):
    MULTIPLY = "multiply"
    DIVIDE = "divide"


@dataclass(frozen=True, slots=True)
class UnitConversion:
    """Metered units into priced units, such as bytes into gigabytes: first converted, then rounded to
    `precision` decimals, before free units are taken off.

    Without rounding a division that does not end keeps 30 decimals.
    """

    operation: Operation
    factor: Decimal
    rounding: Rounding
    precision: int

    def convert(self, units: Decimal) -> Decimal:
        """Return the priced units of so many metered units; the sign is kept."""
        if self.operation is Operation.MULTIPLY:
            converted = exact_fraction(product(units, self.factor))
        else:
            converted = exact_fraction(units) / exact_fraction(self.factor)
        if self.rounding is Rounding.NONE:
            return rounded_decimal(converted)
        return rounded_decimal(converted, self.precision, self.rounding)

    def step(self, units: Decimal) -> Step:
        """Return the step that tells the conversion of so many units."""
        kind = "multiplied" if self.operation is Operation.MULTIPLY else "divided"
        kind += "" if self.rounding is Rounding.NONE else "_rounded"
        return step(kind, units=units, factor=self.factor, converted=self.convert(units))


def parse_unit_conversion(parameters: Parameters) -> UnitConversion | None:
    """Read `{"unit_conversion": {"operation": "divide", "factor": "1000", "rounding": "up",
    "precision": "0"}}`; None where it is absent. Without `rounding` nothing is rounded.

    Raises:
        PricingError: the field path names the culprit, such as `unit_conversion.factor`.
    """
    if parameters.get("unit_conversion") is None:
        return None
    path = "unit_conversion."
    fields = as_parameters(parameters["unit_conversion"], "unit_conversion")
    refuse_unknown(fields, {"operation", "factor", "rounding", "precision"}, path)
    return UnitConversion(
        read_choice(fields, "operation", Operation.MULTIPLY, path=path),
        read_positive(fields, "factor", path=path),
        read_choice(fields, "rounding", Rounding.NONE, path=path),
        _precision(fields, path),
    )


def _precision(fields: Parameters, path: str) -> int:
    precision = decimal_from(fields.get("precision") or ZERO, f"{path}precision")
    if precision != int(precision) or abs(precision) > MAX_PRECISION:
        message = f"{path}precision must be a whole number, {MAX_PRECISION} at most"
        raise PricingError("not_whole", message, f"{path}precision")
    return int(precision)
