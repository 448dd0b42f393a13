"""Usage that nobody has sent: what a quote assumes, in place of what a meter counted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from apps.core.errors import InvalidInput
from apps.plans.enums import ChargeModel as ChargeModelName
from apps.plans.models import Price
from apps.pricing.charge_models.base import ChargeModel
from apps.pricing.usage import Change, Usage, usage_of_amounts, usage_of_changes, usage_of_groups


@dataclass(frozen=True, slots=True)
class AssumedGroup:
    """Units of one combination of event properties, for prices that tell groups apart."""

    properties: Mapping[str, str]
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class AssumedUsage:
    """What is used in each billing period of one price, or of all prices of a meter (codes; a price goes
    first).

    `quantity` is in units of the meter, as it would count and round them. `amounts` are what single events
    are worth, in major units of the price's currency; `groups` tell the quantity apart. Either replaces it.
    """

    quantity: Decimal = Decimal(0)
    price: str = ""
    meter: str = ""
    groups: Sequence[AssumedGroup] = ()
    amounts: Sequence[Decimal] = ()


@dataclass(frozen=True, slots=True)
class _Assumption:
    usage: Sequence[AssumedUsage]
    since: datetime


_current: ContextVar[_Assumption | None] = ContextVar("assumed_usage", default=None)


@contextmanager
def usage_assumed(usage: Sequence[AssumedUsage], *, since: datetime) -> Iterator[None]:
    """Rate as if this were used in every period that ends after `since` (UTC); for rehearsals only.

    Meters that are not named are read as ever.
    """
    token = _current.set(_Assumption(usage, since) if usage else None)
    try:
        yield
    finally:
        _current.reset(token)


def assumed_usage(price: Price, model: ChargeModel, *, ends_at: datetime, weighs: bool) -> Usage | None:
    """What is assumed of a metered price in a period that ends at `ends_at` (UTC); None: ask its meter.

    Units that are weighed by days stand for the whole period.

    Raises:
        InvalidInput: the price reads what single events are worth, and that was not told (422).
    """
    assumption = _current.get()
    if assumption is None or ends_at <= assumption.since:
        return None
    asked = _of_price(assumption.usage, price)
    if asked is None:
        return None
    if weighs:
        return _weighed(price, asked.quantity)
    if "groups" in model.reads:
        return _grouped(model, asked)
    if "amounts" in model.reads:
        return _amounts(price, asked)
    return Usage(_quantity(asked))


def _of_price(usage: Sequence[AssumedUsage], price: Price) -> AssumedUsage | None:
    code = price.meter.code if price.meter is not None else ""
    named = (asked for asked in usage if asked.price == price.code)
    metered = (asked for asked in usage if not asked.price and asked.meter == code)
    return next(named, None) or next(metered, None)


def _quantity(asked: AssumedUsage) -> Decimal:
    if asked.groups:
        return sum((group.quantity for group in asked.groups), Decimal(0))
    return sum(asked.amounts, Decimal(0)) if asked.amounts else asked.quantity


def _weighed(price: Price, quantity: Decimal) -> Usage:
    if price.model == ChargeModelName.GRADUATED:
        return usage_of_changes([Change(quantity, quantity)])
    return Usage(quantity, prorated_quantity=quantity)


def _grouped(model: ChargeModel, asked: AssumedUsage) -> Usage:
    groups = asked.groups or (AssumedGroup({}, asked.quantity),)
    found: dict[tuple[str | None, ...], Decimal] = {}
    for group in groups:
        values = tuple(group.properties.get(name) for name in model.dimensions)
        found[values] = found.get(values, Decimal(0)) + group.quantity
    return usage_of_groups(found)


def _amounts(price: Price, asked: AssumedUsage) -> Usage:
    if not asked.amounts and asked.quantity:
        raise InvalidInput(
            f"The price '{price.code}' depends on single events: send the amounts of each.", field="usage"
        )
    return usage_of_amounts(asked.amounts)
