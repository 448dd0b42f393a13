"""What a rollup is of: the events and the value that meters share, whatever they do with them."""

from __future__ import annotations

import json
from hashlib import blake2b

from apps.plans.enums import Aggregation
from apps.usage.aggregation import Metered

ROLLED_UP = frozenset(
    {Aggregation.COUNT, Aggregation.SUM, Aggregation.MIN, Aggregation.MAX, Aggregation.AVERAGE}
)
"""What can be put together from days. All else reads events."""

# To be raised when the SQL of values or filters means something else: old rollups are then left behind.
VERSION = 1


def needs_rollup(meter: Metered) -> bool:
    """Also a weighted sum that carries over: what it begins with is a sum over everything before."""
    carried = meter.aggregation == Aggregation.WEIGHTED_SUM and meter.carries_over
    return meter.aggregation in ROLLED_UP or carried


def rollup_shape(meter: Metered) -> str:
    """32 hex digits over what decides the rolled rows: a changed meter finds none, and reads events."""
    says = [VERSION, meter.event_name, meter.filters, sorted(meter.group_by)]
    if meter.aggregation != Aggregation.COUNT:
        says += [meter.value_property, meter.value_expression]
    if meter.aggregation == Aggregation.UNIQUE_COUNT:
        says += ["monthly snapshots", meter.unique_mode]
    return blake2b(json.dumps(says, sort_keys=True, default=str).encode(), digest_size=16).hexdigest()
