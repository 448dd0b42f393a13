"""The charge models by name. Another model is one module with a `parse` and one line here.

A `parse` turns the JSON parameters of a price into a frozen ChargeModel, or raises PricingError.
"""

from __future__ import annotations

from apps.pricing.charge_models import (
    dynamic,
    flat,
    graduated,
    graduated_blocks,
    graduated_percentage,
    matrix,
    package,
    per_unit,
    percentage,
    stairstep,
    volume,
    volume_blocks,
)
from apps.pricing.charge_models.base import Parse

CHARGE_MODELS: dict[str, Parse] = {
    "flat": flat.parse,
    "per_unit": per_unit.parse,
    "graduated": graduated.parse,
    "volume": volume.parse,
    "package": package.parse,
    "percentage": percentage.parse,
    "graduated_percentage": graduated_percentage.parse,
    "graduated_blocks": graduated_blocks.parse,
    "volume_blocks": volume_blocks.parse,
    "stairstep": stairstep.parse,
    "dynamic": dynamic.parse,
}
CHARGE_MODELS["matrix"] = matrix.parser(CHARGE_MODELS)
