"""What is sold: products, plans with versions, prices, and the meters that usage prices read.

The catalog is shared by all brands and both modes; a plan may be limited to brands.
"""

from __future__ import annotations

from apps.plans.models.meter import Meter
from apps.plans.models.plan import Plan, PlanVersion
from apps.plans.models.price import Price
from apps.plans.models.product import Product
from apps.plans.models.usage_rules import MinimumCommitment, UsageThreshold

__all__ = ["Meter", "MinimumCommitment", "Plan", "PlanVersion", "Price", "Product", "UsageThreshold"]
