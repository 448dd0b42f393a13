"""Each charge model in words, in the reader's locale: what a pricing page says about it. No arithmetic."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django.utils.translation import get_language, gettext

from apps.core.formatting import FALLBACK_LOCALE, format_quantity, format_unit_price
from apps.plans.enums import ChargeModel

Parameters = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Terms:
    """What is said: the parameters of a model, their currency, and what is counted, in the singular."""

    model: str
    parameters: Parameters
    currency: str
    unit: str
    pricing_unit: str = ""
    """The unit of the amounts in place of money, such as credits."""

    def money(self, amount: Decimal | str | None) -> str:
        value = decimal_of(amount)
        if self.pricing_unit:
            return f"{number_text(value)} {self.pricing_unit}"
        return format_unit_price(value, self.currency, locale=_locale())

    def each(self, amount: Decimal | str | None) -> str:
        return gettext("%(amount)s per %(unit)s") % {"amount": self.money(amount), "unit": self.unit}


def model_text(terms: Terms) -> str:
    """One line that says all parameters of a charge model."""
    return _TEXTS[ChargeModel(terms.model)](terms)


def number_text(value: Decimal | str | None) -> str:
    return format_quantity(decimal_of(value), locale=_locale())


def decimal_of(value: Decimal | str | None) -> Decimal:
    return Decimal(str(value or 0))


def free_units(terms: Terms) -> Decimal:
    """How many units cost nothing before the model's price begins."""
    if terms.model == ChargeModel.PACKAGE:
        return decimal_of(terms.parameters.get("free_units"))
    if terms.model != ChargeModel.GRADUATED:
        return Decimal(0)
    first = terms.parameters["tiers"][0]
    costs = decimal_of(first.get("unit_amount")) or decimal_of(first.get("flat_amount"))
    return Decimal(0) if costs else decimal_of(first.get("up_to"))


def included_then(free: Decimal, rest: str) -> str:
    if not free:
        return rest
    return gettext("%(free)s included, then %(rest)s") % {"free": number_text(free), "rest": rest}


def _flat(terms: Terms) -> str:
    return terms.money(terms.parameters["amount"])


def _per_unit(terms: Terms) -> str:
    return terms.each(terms.parameters["unit_amount"])


def _package(terms: Terms) -> str:
    text = _for_each(terms, terms.parameters["amount"], terms.parameters["package_size"])
    return included_then(free_units(terms), text)


def _for_each(terms: Terms, amount: str, size: str) -> str:
    return gettext("%(amount)s for each %(size)s") % {
        "amount": terms.money(amount),
        "size": number_text(size),
    }


def _graduated(terms: Terms) -> str:
    free = free_units(terms)
    tiers = terms.parameters["tiers"][1:] if free else terms.parameters["tiers"]
    parts = [_tier(tier, terms) for tier in tiers]
    return included_then(free, _one_after_another(parts, [tier.get("up_to") for tier in tiers]))


def _volume(terms: Terms) -> str:
    tiers = terms.parameters["tiers"]
    parts = [_tier(tier, terms) for tier in tiers]
    return _by_the_total(_up_to(parts, [tier.get("up_to") for tier in tiers]))


def _graduated_percentage(terms: Terms) -> str:
    tiers = terms.parameters["tiers"]
    parts = [_rate(tier, terms) for tier in tiers]
    return _one_after_another(parts, [tier.get("up_to") for tier in tiers])


def _graduated_blocks(terms: Terms) -> str:
    return _one_after_another(_blocks(terms), _block_bounds(terms))


def _volume_blocks(terms: Terms) -> str:
    return _by_the_total(_up_to(_blocks(terms), _block_bounds(terms)))


def _blocks(terms: Terms) -> list[str]:
    return [_for_each(terms, tier["block_amount"], tier["block_size"]) for tier in terms.parameters["tiers"]]


def _block_bounds(terms: Terms) -> list[Any]:
    bounds: list[Any] = []
    for tier in terms.parameters["tiers"]:
        after = decimal_of(bounds[-1] if bounds else None)
        size, count = decimal_of(tier["block_size"]), tier.get("max_blocks")
        bounds.append(after + size * decimal_of(count) if count else None)
    return bounds


def _stairstep(terms: Terms) -> str:
    tiers = terms.parameters["tiers"]
    amounts = [terms.money(tier["amount"]) for tier in tiers]
    if not terms.parameters.get("dimension"):
        return _up_to(amounts, [tier.get("up_to") for tier in tiers])
    return _up_to(amounts, [_limits(tier["limits"]) for tier in tiers], str)


def _limits(limits: Parameters) -> str:
    named = [f"{number_text(limit)} {name}" for name, limit in sorted(limits.items()) if limit is not None]
    return ", ".join(named)


def _percentage(terms: Terms) -> str:
    given = terms.parameters
    text = _percent(given["rate_percent"])
    if fee := decimal_of(given.get("fixed_fee_per_event")):
        text = gettext("%(rate)s + %(fee)s per event") % {"rate": text, "fee": terms.money(fee)}
    free = [terms.money(amount) for amount in [given.get("free_amount")] if decimal_of(amount)]
    if events := decimal_of(given.get("free_events")):
        free.insert(0, gettext("%(count)s events") % {"count": number_text(events)})
    if free:
        text += gettext(", the first %(free)s free") % {"free": gettext(" or ").join(free)}
    if given.get("per_event_min") is not None:
        text += gettext(", at least %(amount)s per event") % {"amount": terms.money(given["per_event_min"])}
    if given.get("per_event_max") is not None:
        text += gettext(", at most %(amount)s per event") % {"amount": terms.money(given["per_event_max"])}
    return text


def _dynamic(terms: Terms) -> str:
    multiplier = decimal_of(terms.parameters.get("multiplier", "1"))
    if multiplier == 1:
        return gettext("the price of each event")
    return gettext("the price of each event times %(factor)s") % {"factor": number_text(multiplier)}


def _matrix(terms: Terms) -> str:
    rows = [*terms.parameters["rows"], {"label": gettext("other"), **terms.parameters["default"]}]
    return "; ".join(f"{_row_label(row)}: {_row(row, terms)}" for row in rows)


def _row_label(row: Parameters) -> str:
    if row.get("label"):
        return str(row["label"])
    return ", ".join(str(value or "-") for value in row["match"].values())


def _row(row: Parameters, terms: Terms) -> str:
    model, parameters = row.get("model", ChargeModel.PER_UNIT), row.get("parameters", row)
    return model_text(replace(terms, model=model, parameters=parameters))


def _tier(tier: Parameters, terms: Terms) -> str:
    unit, flat = decimal_of(tier.get("unit_amount")), decimal_of(tier.get("flat_amount"))
    if flat and not unit:
        return terms.money(flat)
    return f"{terms.money(flat)} + {terms.each(unit)}" if flat else terms.each(unit)


def _rate(tier: Parameters, terms: Terms) -> str:
    rate, flat = _percent(tier.get("rate_percent")), decimal_of(tier.get("flat_amount"))
    return f"{terms.money(flat)} + {rate}" if flat else rate


def _percent(rate: str | None) -> str:
    return f"{number_text(rate)}%"


def _one_after_another(parts: Sequence[str], bounds: Sequence[Any]) -> str:
    text = parts[0]
    for bound, part in zip(bounds, parts[1:], strict=False):
        text += gettext(", above %(bound)s: %(part)s") % {"bound": number_text(bound), "part": part}
    return text


def _up_to(parts: Sequence[str], bounds: Sequence[Any], written: Callable[[Any], str] = number_text) -> str:
    return "; ".join(
        gettext("up to %(bound)s: %(part)s") % {"bound": written(bound), "part": part}
        if bound
        else gettext("more: %(part)s") % {"part": part}
        for bound, part in zip(bounds, parts, strict=True)
    )


def _by_the_total(parts: str) -> str:
    return gettext("by the total: %(parts)s") % {"parts": parts}


def _locale() -> str:
    return get_language() or FALLBACK_LOCALE


_TEXTS: Mapping[str, Callable[[Terms], str]] = {
    ChargeModel.FLAT: _flat,
    ChargeModel.PER_UNIT: _per_unit,
    ChargeModel.PACKAGE: _package,
    ChargeModel.GRADUATED: _graduated,
    ChargeModel.VOLUME: _volume,
    ChargeModel.PERCENTAGE: _percentage,
    ChargeModel.GRADUATED_PERCENTAGE: _graduated_percentage,
    ChargeModel.GRADUATED_BLOCKS: _graduated_blocks,
    ChargeModel.VOLUME_BLOCKS: _volume_blocks,
    ChargeModel.STAIRSTEP: _stairstep,
    ChargeModel.DYNAMIC: _dynamic,
    ChargeModel.MATRIX: _matrix,
}
