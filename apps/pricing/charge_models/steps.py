"""Reading the steps of stairstep pricing: their limits may only grow from one step to the next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from apps.pricing.charge_models import tier_policies
from apps.pricing.errors import PricingError
from apps.pricing.parameters import (
    Parameters,
    as_parameters,
    decimal_from,
    read_decimal,
    read_list,
    read_text,
    refuse_unknown,
)

KEYS = frozenset({"dimension", "tiers"}) | tier_policies.KEYS


@dataclass(frozen=True, slots=True)
class Stair:
    """One step: what it costs in major units, and its limit by unit type; None does not limit.

    Without unit types the only limit has an empty name.
    """

    limits: Mapping[str, Decimal | None]
    amount: Decimal


def parse_stairs(parameters: Parameters) -> tuple[str, tuple[Stair, ...]]:
    """Read `dimension` (empty when absent) and `tiers`.

    Raises:
        PricingError: the field path names the culprit, such as `tiers[1].limits.cpu`: a step has a larger
            limit than the one before it, and no smaller one.
    """
    dimension = read_text(parameters, "dimension", default="")
    stairs: list[Stair] = []
    for index, entry in enumerate(read_list(parameters, "tiers")):
        path = f"tiers[{index}]."
        fields = as_parameters(entry, f"tiers[{index}]")
        limits_key = "limits" if dimension else "up_to"
        refuse_unknown(fields, {limits_key, "amount"}, path)
        if limits_key not in fields:
            raise PricingError("missing", f"{path}{limits_key} is missing", path + limits_key)
        limits = _limits(fields[limits_key], path + limits_key, has_types=bool(dimension))
        stair = Stair(limits, read_decimal(fields, "amount", path=path))
        if stairs:
            _refuse_not_above(stairs[-1], stair, path + limits_key)
        stairs.append(stair)
    return dimension, tuple(stairs)


def _limits(value: object, path: str, *, has_types: bool) -> Mapping[str, Decimal | None]:
    if not has_types:
        return {"": _limit(value, path)}
    limits = {name: _limit(limit, f"{path}.{name}") for name, limit in as_parameters(value, path).items()}
    if not limits:
        raise PricingError("missing", f"{path} names no unit type", path)
    return limits


def _limit(value: object, path: str) -> Decimal | None:
    limit = None if value is None else decimal_from(value, path)
    if limit is not None and limit < 0:
        raise PricingError("negative", f"{path} must not be negative; null does not limit", path)
    return limit


def _refuse_not_above(before: Stair, stair: Stair, path: str) -> None:
    names = [*before.limits, *(name for name in stair.limits if name not in before.limits)]
    grows = False
    for name in names:
        low, high = before.limits.get(name), stair.limits.get(name)
        field = f"{path}.{name}" if name else path
        if high is not None and (low is None or high < low):
            raise PricingError("tiers_not_ascending", f"{field} is below the limit of the step before", field)
        grows = grows or low != high
    if not grows:
        raise PricingError("tiers_not_ascending", f"{path} does not grow from the step before", path)
