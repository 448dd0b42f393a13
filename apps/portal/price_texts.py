"""A price in words, in the reader's locale: what a pricing page says about it. No arithmetic."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import get_language, gettext, ngettext

from apps.core.formatting import FALLBACK_LOCALE, format_quantity, format_unit_price
from apps.plans.enums import ChargeModel, Interval, QuantitySource
from apps.plans.models import Price

_EACH = {
    Interval.DAY: ("day", "days"),
    Interval.WEEK: ("week", "weeks"),
    Interval.MONTH: ("month", "months"),
    Interval.QUARTER: ("quarter", "quarters"),
    Interval.HALF_YEAR: ("half-year", "half-years"),
    Interval.YEAR: ("year", "years"),
}


def cadence_text(interval: str, count: int) -> str:
    """Such as "month", "3 months": what stands after "per" or "every"."""
    one, many = _EACH[Interval(interval)]
    return gettext(one) if count == 1 else f"{count} {ngettext(one, many, count)}"


def price_text(price: Price) -> str:
    """One line that says all of a price's terms, without how often it is charged."""
    return _TEXTS[ChargeModel(price.model)](price)


def included_units(price: Price) -> Decimal | None:
    """How many units cost nothing before the price begins; None where none do."""
    parameters: Mapping[str, Any] = price.parameters
    if price.model == ChargeModel.PACKAGE:
        free = Decimal(str(parameters.get("free_units") or 0))
        return free or None
    if price.model != ChargeModel.GRADUATED:
        return None
    first = parameters["tiers"][0]
    costs = Decimal(str(first.get("unit_amount") or 0)) or Decimal(str(first.get("flat_amount") or 0))
    return Decimal(str(first["up_to"])) if first.get("up_to") and not costs else None


def unit_of(price: Price) -> str:
    """What is counted, in the singular."""
    if price.meter is not None:
        return price.meter.unit_name
    return gettext("seat") if price.quantity_source == QuantitySource.SEATS else gettext("unit")


def _flat(price: Price) -> str:
    return _money(price.parameters["amount"], price)


def _per_unit(price: Price) -> str:
    return _each(price.parameters["unit_amount"], price)


def _package(price: Price) -> str:
    size = _number(price.parameters["package_size"])
    text = gettext("%(amount)s for each %(size)s") % {
        "amount": _money(price.parameters["amount"], price),
        "size": size,
    }
    free = included_units(price)
    return (
        gettext("%(free)s included, then %(rest)s") % {"free": _number(free), "rest": text} if free else text
    )


def _graduated(price: Price) -> str:
    tiers: Sequence[Mapping[str, Any]] = price.parameters["tiers"]
    free = included_units(price)
    parts = [_tier(tier, price) for tier in (tiers[1:] if free else tiers)]
    bounds = [tier.get("up_to") for tier in (tiers[1:] if free else tiers)][:-1]
    text = parts[0]
    for bound, part in zip(bounds, parts[1:], strict=True):
        text += gettext(", above %(bound)s: %(part)s") % {"bound": _number(bound), "part": part}
    return (
        gettext("%(free)s included, then %(rest)s") % {"free": _number(free), "rest": text} if free else text
    )


def _volume(price: Price) -> str:
    tiers: Sequence[Mapping[str, Any]] = price.parameters["tiers"]
    parts = [
        gettext("up to %(bound)s: %(part)s") % {"bound": _number(tier["up_to"]), "part": _tier(tier, price)}
        if tier.get("up_to")
        else gettext("more: %(part)s") % {"part": _tier(tier, price)}
        for tier in tiers
    ]
    return gettext("by the total: %(parts)s") % {"parts": "; ".join(parts)}


def _tier(tier: Mapping[str, Any], price: Price) -> str:
    unit, flat = Decimal(str(tier.get("unit_amount") or 0)), Decimal(str(tier.get("flat_amount") or 0))
    if flat and not unit:
        return _money(flat, price)
    each = _each(unit, price)
    return f"{_money(flat, price)} + {each}" if flat else each


def _each(amount: Decimal | str, price: Price) -> str:
    return gettext("%(amount)s per %(unit)s") % {"amount": _money(amount, price), "unit": unit_of(price)}


def _money(amount: Decimal | str, price: Price) -> str:
    return format_unit_price(Decimal(str(amount)), price.currency, locale=_locale())


def _number(value: Decimal | str | None) -> str:
    return format_quantity(Decimal(str(value)), locale=_locale())


def _locale() -> str:
    return get_language() or FALLBACK_LOCALE


_TEXTS = {
    ChargeModel.FLAT: _flat,
    ChargeModel.PER_UNIT: _per_unit,
    ChargeModel.PACKAGE: _package,
    ChargeModel.GRADUATED: _graduated,
    ChargeModel.VOLUME: _volume,
}
