"""Which of the rates that reach a place apply to a tax code, and what they make of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

from apps.taxes.enums import AppliedKind, Category, RateKind, RateLevel
from apps.taxes.errors import TaxUnanswered
from apps.taxes.models import TaxRate
from apps.taxes.rules.india import INTER_STATE, INTRA_TERRITORY
from apps.taxes.rules.situation import Taxable
from apps.taxes.treatment import AppliedRate, Treatment

EXEMPT = "exempt"
STANDARD = "standard"
# Codes that name a rate. Any other is a product's own, and taxed as standard where nothing else is known.
NAMED = frozenset({STANDARD, "reduced", "reduced_2", "reduced_3", "super_reduced", "parking", "zero"})
_LEVELS = [level.value for level in RateLevel]


def treatment_of(taxable: Taxable, tax_code: str, rates: Sequence[TaxRate], day: date) -> Treatment:
    """What a tax code carries at a place, of the rates that reach it on a day.

    Raises:
        TaxUnanswered: the table has no rate for it.
    """
    number = taxable.registration.number
    if tax_code == EXEMPT:
        return Treatment(Category.EXEMPT.value, (), "exempt_supply", number)
    chosen = _chosen(rates, tax_code)
    if not chosen:
        place = "-".join(part for part in (taxable.place.country, taxable.place.region) if part)
        raise TaxUnanswered(
            f"There is no '{tax_code}' tax rate of {place} on {day}: add it under Tax rates, or load the "
            "rates that are shipped (manage.py load_tax_rates)."
        )
    taxed = [rate for rate in chosen if rate.percent]
    if not taxed:
        return _untaxed(chosen[0], number)
    applied = [part for rate in taxed for part in _applied(rate, taxable)]
    return Treatment(Category.STANDARD.value, tuple(applied), "", number)


def _chosen(rates: Iterable[TaxRate], tax_code: str) -> list[TaxRate]:
    """The closest row of each level, the highest first; of districts, every one that is as close."""
    found: list[TaxRate] = []
    for level in _LEVELS:
        own = [rate for rate in rates if rate.level == level]
        fitting = [rate for rate in own if rate.tax_code == tax_code]
        if not fitting and tax_code not in NAMED:
            fitting = [rate for rate in own if rate.tax_code == STANDARD]
        closest = max((_closeness(rate) for rate in fitting), default=None)
        found += [rate for rate in fitting if _closeness(rate) == closest]
    return found


def _closeness(rate: TaxRate) -> tuple[int, bool, bool]:
    return len(rate.postal_prefix), bool(rate.city), bool(rate.region)


def _untaxed(rate: TaxRate, number: str) -> Treatment:
    if rate.kind == RateKind.SALES_TAX:
        return Treatment(Category.EXEMPT.value, (), "not_taxable", number)
    return Treatment(Category.ZERO.value, (), "zero_rated", number)


def _applied(rate: TaxRate, taxable: Taxable) -> list[AppliedRate]:
    if rate.kind != RateKind.GST or not taxable.split:
        return [AppliedRate(rate.name, rate.jurisdiction, plain_percent(rate.percent), rate.kind)]
    if taxable.split == INTER_STATE:
        return [AppliedRate("IGST", "IN", plain_percent(rate.percent), AppliedKind.IGST.value)]
    half = plain_percent(rate.percent / 2)
    state = f"IN-{taxable.registration.region}"
    second = AppliedKind.UTGST if taxable.split == INTRA_TERRITORY else AppliedKind.SGST
    return [
        AppliedRate("CGST", "IN", half, AppliedKind.CGST.value),
        AppliedRate(second.label, state, half, second.value),
    ]


def plain_percent(percent: Decimal) -> Decimal:
    """At most six places, without padding zeros: 19 is 19, not 19.000000 nor 1.9E+1."""
    fixed = f"{percent:.6f}".rstrip("0").rstrip(".")
    return Decimal(fixed)
