"""A price in words, in the reader's locale: what a pricing page says about it. No arithmetic."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext, ngettext

from apps.plans.enums import Interval, QuantitySource
from apps.plans.models import Price
from apps.portal.model_texts import Terms, decimal_of, free_units, included_then, model_text, number_text

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
    given: Mapping[str, Any] = price.parameters
    terms = _terms(price)
    text = included_then(decimal_of(given.get("usage_discount_units")), model_text(terms))
    if base := decimal_of(given.get("base_amount")):
        text = f"{terms.money(base)} + {text}"
    return text + _conversion(terms, given) + _pricing_unit(terms, given) + _limits(price, given)


def included_units(price: Price) -> Decimal | None:
    """How many metered units cost nothing before the price begins; None where none do, or where units are
    converted before they are counted.
    """
    given: Mapping[str, Any] = price.parameters
    if given.get("unit_conversion"):
        return None
    return decimal_of(given.get("usage_discount_units")) + free_units(_terms(price)) or None


def unit_of(price: Price) -> str:
    """What is counted, in the singular."""
    if price.meter is not None:
        return price.meter.unit_name
    return gettext("seat") if price.quantity_source == QuantitySource.SEATS else gettext("unit")


def _terms(price: Price) -> Terms:
    unit = (price.parameters.get("pricing_unit") or {}).get("code", "")
    return Terms(price.model, price.parameters, price.currency, unit_of(price), pricing_unit=unit)


def _conversion(terms: Terms, given: Mapping[str, Any]) -> str:
    conversion = given.get("unit_conversion")
    if not conversion:
        return ""
    words = {"factor": number_text(conversion["factor"]), "unit": terms.unit}
    if conversion.get("operation") == "divide":
        return gettext(" (counted per %(factor)s)") % words
    return gettext(" (each %(unit)s counts as %(factor)s)") % words


def _pricing_unit(terms: Terms, given: Mapping[str, Any]) -> str:
    if not terms.pricing_unit:
        return ""
    money = Terms(terms.model, given, terms.currency, terms.pricing_unit)
    rate = money.money(given["pricing_unit"]["rate"])
    return gettext(" (1 %(unit)s = %(rate)s)") % {"unit": terms.pricing_unit, "rate": rate}


def _limits(price: Price, given: Mapping[str, Any]) -> str:
    """Discount and spend limits, which are always money."""
    money = Terms(price.model, given, price.currency, "")
    text = ""
    if discount := decimal_of(given.get("percentage_discount")):
        text += gettext(", less %(rate)s%%") % {"rate": number_text(discount)}
    if low := decimal_of(given.get("minimum_amount")):
        text += gettext(", at least %(amount)s") % {"amount": money.money(low)}
    if given.get("maximum_amount") is not None:
        text += gettext(", at most %(amount)s") % {"amount": money.money(given["maximum_amount"])}
    return text
