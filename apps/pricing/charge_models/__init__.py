"""The charge models by name. Another model is one module with a `parse` and one line here.

A `parse` turns the JSON parameters of a price into a frozen ChargeModel, or raises PricingError.
"""

from __future__ import annotations

from apps.pricing.charge_models import flat, graduated, package, per_unit, volume
from apps.pricing.charge_models.base import Parse

CHARGE_MODELS: dict[str, Parse] = {
    "flat": flat.parse,
    "per_unit": per_unit.parse,
    "graduated": graduated.parse,
    "volume": volume.parse,
    "package": package.parse,
}
