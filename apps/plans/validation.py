"""What makes the terms of a version sellable. Every fault is found at once, each with the path of its place.

Paths are those of `VersionTerms`: `prices[3].parameters.tiers[1].up_to`, `trial_end_plan`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from apps.core.errors import FieldError
from apps.plans.enums import (
    BillingTiming,
    Interval,
    PeriodAlignment,
    QuantitySource,
    TrialEnd,
)
from apps.plans.price_validation import price_faults, unknown_choice
from apps.plans.rule_validation import rule_faults
from apps.plans.terms import PriceTerms, VersionTerms
from apps.pricing.periods.cadence import Cadence
from apps.pricing.periods.cadence import Interval as CadenceInterval

MAX_TRIAL_DAYS = 730
# Prices that share a code are one price in several currencies: all of this is the same for each.
_SHARED = (
    *("name", "model", "quantity_source", "meter"),
    *("interval", "interval_count", "timing", "usage_proration", "prorated"),
    *("tax_behavior", "tax_code"),
)


def version_faults(terms: VersionTerms, *, is_free: bool, meters: Collection[str]) -> list[FieldError]:
    """Every reason why these terms cannot be sold; empty when they can. `meters` are the codes that exist."""
    faults = [*_trial_faults(terms, is_free=is_free), *_highlight_faults(terms)]
    if terms.alignment not in PeriodAlignment.values:
        faults.append(unknown_choice("alignment", terms.alignment, PeriodAlignment.values))
    if not terms.prices:
        faults.append(FieldError("prices", "missing", "A plan needs at least one price."))
    for index, price in enumerate(terms.prices):
        faults += price_faults(price, path=f"prices[{index}]", is_free=is_free, meters=meters)
    faults += rule_faults(terms, is_free=is_free)
    return faults + list(_currency_faults(terms.prices)) + list(_fit_faults(terms))


def fallback_faults(
    terms: VersionTerms, *, fallback_is_free: bool, fallback_currencies: Collection[str]
) -> Iterator[FieldError]:
    """Faults of the plan that an unpaid trial falls back to; the currencies are of its published prices."""
    if not fallback_is_free:
        yield FieldError("trial_end_plan", "not_free", f"'{terms.trial_end_plan}' is not a free plan.")
    missing = sorted(terms.currencies - set(fallback_currencies))
    if missing:
        message = f"'{terms.trial_end_plan}' has no published price in {', '.join(missing)}."
        yield FieldError("trial_end_plan", "currency_missing", message)


def _currency_faults(prices: Sequence[PriceTerms]) -> Iterator[FieldError]:
    """One price code is one price in every currency of the version, and differs in amounts only."""
    first_of_code: dict[str, tuple[int, PriceTerms]] = {}
    currencies_of: dict[str, set[str]] = {}
    for index, price in enumerate(prices):
        first = first_of_code.setdefault(price.code, (index, price))[1]
        seen = currencies_of.setdefault(price.code, set())
        if price.currency in seen:
            message = f"'{price.code}' has two prices in {price.currency}."
            yield FieldError(f"prices[{index}].currency", "duplicate", message)
        seen.add(price.currency)
        for name in _SHARED:
            if getattr(price, name) != getattr(first, name):
                message = f"'{price.code}' has another {name} in {first.currency}; only amounts may differ."
                yield FieldError(f"prices[{index}].{name}", "differs_by_currency", message)
    everywhere = set().union(*currencies_of.values())
    for code, (index, _) in first_of_code.items():
        missing = sorted(everywhere - currencies_of[code])
        if missing:
            message = f"'{code}' has no amount in {', '.join(missing)}, which other prices of the plan have."
            yield FieldError(f"prices[{index}].currency", "currency_missing", message)


def _fit_faults(terms: VersionTerms) -> Iterator[FieldError]:
    """Fees in advance whose periods do not end where the longest one ends.

    A plan is changed when the longest period that was paid ends; a week would be cut there, and the rest of
    it billed again under the new plan.
    """
    known = [
        (index, Cadence(CadenceInterval(price.interval), price.interval_count))
        for index, price in enumerate(terms.prices)
        if price.timing == BillingTiming.IN_ADVANCE
        and price.quantity_source != QuantitySource.METER
        and price.interval in Interval.values
        and price.interval_count >= 1
    ]
    longest = max((cadence for _, cadence in known), key=_rough_days, default=None)
    for index, cadence in known:
        if longest is not None and not _fits(cadence, longest, terms.alignment):
            message = "Fees in advance must fit into the longest one, as months do into a year."
            yield FieldError(f"prices[{index}].interval", "does_not_fit", message)


def _rough_days(cadence: Cadence) -> int:
    return cadence.months * 30 + cadence.days


def _fits(cadence: Cadence, longest: Cadence, alignment: str) -> bool:
    if cadence == longest:
        return True
    if alignment == PeriodAlignment.CALENDAR and (cadence.count, longest.count) != (1, 1):
        # Blocks of several natural periods begin with the one of the start, wherever the longest begins.
        return False
    if cadence.months and longest.months:
        return longest.months % cadence.months == 0
    return bool(cadence.days and longest.days) and longest.days % cadence.days == 0


def _trial_faults(terms: VersionTerms, *, is_free: bool) -> Iterator[FieldError]:
    if not 0 <= terms.trial_days <= MAX_TRIAL_DAYS:
        message = f"A trial has 0 to {MAX_TRIAL_DAYS} days."
        yield FieldError("trial_days", "out_of_range", message)
    if is_free and terms.trial_days:
        yield FieldError("trial_days", "free_plan_trial", "A free plan needs no trial.")
    if terms.trial_end not in TrialEnd.values:
        yield unknown_choice("trial_end", terms.trial_end, TrialEnd.values)
    without_trial = "There is no trial: trial_days is 0."
    if not terms.trial_days and terms.trial_requires_card:
        yield FieldError("trial_requires_card", "without_trial", without_trial)
    if not terms.trial_days and terms.trial_end != TrialEnd.CONVERT:
        yield FieldError("trial_end", "without_trial", without_trial)
    downgrades = terms.trial_end == TrialEnd.DOWNGRADE
    if downgrades and terms.trial_end_plan is None:
        yield FieldError("trial_end_plan", "missing", "Name the free plan to fall back to.")
    if not downgrades and terms.trial_end_plan is not None:
        message = "Only a trial that ends in a downgrade has a plan to fall back to."
        yield FieldError("trial_end_plan", "unused", message)


def _highlight_faults(terms: VersionTerms) -> Iterator[FieldError]:
    for index, text in enumerate(terms.highlights):
        if not 1 <= len(text.strip()) <= 120:
            message = "A highlight has 1 to 120 characters."
            yield FieldError(f"highlights[{index}]", "invalid_highlight", message)
