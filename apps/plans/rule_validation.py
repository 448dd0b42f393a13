"""What makes the rules of a version sellable: policies, minimum commitments and usage thresholds."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterator, Sequence

from apps.core.errors import FieldError
from apps.plans.enums import QuantitySource
from apps.plans.policies import NAMES, policy_fault
from apps.plans.terms import CommitmentTerms, ThresholdTerms, VersionTerms

# The largest that a signed column of 64 bits holds.
MAX_MINOR = 2**63 - 1


def rule_faults(terms: VersionTerms, *, is_free: bool) -> list[FieldError]:
    """Every fault of the rules of these terms, each with the path of its place and the way out."""
    return [
        *_policy_faults(terms),
        *_commitment_faults(terms, is_free=is_free),
        *_threshold_faults(terms),
    ]


def _policy_faults(terms: VersionTerms) -> Iterator[FieldError]:
    for name, value in terms.policies.items():
        fault = policy_fault({name: value})
        if fault is None:
            continue
        message = f"{fault.message}."
        if name not in NAMES:
            near = difflib.get_close_matches(name, NAMES, n=1)
            message = f"There is no policy '{name}'" + (f"; did you mean '{near[0]}'?" if near else ".")
        yield FieldError(f"policies.{name}", fault.code, message)
    together = policy_fault(terms.policies)
    if together is not None and not any(policy_fault({n: v}) for n, v in terms.policies.items()):
        yield FieldError(f"policies.{together.field}", together.code, f"{together.message}.")


def _commitment_faults(terms: VersionTerms, *, is_free: bool) -> Iterator[FieldError]:
    if terms.commitments and is_free:
        message = "A free plan commits to nothing: leave the commitment out."
        yield FieldError("commitments", "free_plan_commitment", message)
    seen: set[str] = set()
    for index, commitment in enumerate(terms.commitments):
        path = f"commitments[{index}]"
        yield from _amount_faults(commitment, path, terms.currencies)
        if not 1 <= len(commitment.name.strip()) <= 120:
            yield FieldError(
                f"{path}.name", "invalid_name", "A commitment has a name of 1 to 120 characters."
            )
        if commitment.currency in seen:
            message = f"There are two commitments in {commitment.currency}: leave one."
            yield FieldError(f"{path}.currency", "duplicate", message)
        seen.add(commitment.currency)
    yield from _missing("commitments", terms.commitments, terms.currencies)


def _threshold_faults(terms: VersionTerms) -> Iterator[FieldError]:
    if not terms.thresholds:
        return
    if not any(price.quantity_source == QuantitySource.METER for price in terms.prices):
        message = "Thresholds watch usage, and no price of the plan is metered: leave them out."
        yield FieldError("thresholds", "without_usage", message)
    seen: set[tuple[str, bool, int]] = set()
    recurring: set[str] = set()
    for index, threshold in enumerate(terms.thresholds):
        path = f"thresholds[{index}]"
        yield from _amount_faults(threshold, path, terms.currencies)
        key = (threshold.currency, threshold.is_recurring, threshold.amount_minor)
        if key in seen:
            yield FieldError(f"{path}.amount_minor", "duplicate", "This threshold stands here twice.")
        elif threshold.is_recurring and threshold.currency in recurring:
            message = f"There is one recurring threshold in {threshold.currency} already: leave one."
            yield FieldError(f"{path}.recurring", "duplicate", message)
        seen.add(key)
        if threshold.is_recurring:
            recurring.add(threshold.currency)
    yield from _missing("thresholds", terms.thresholds, terms.currencies)


def _amount_faults(
    rule: CommitmentTerms | ThresholdTerms, path: str, currencies: Collection[str]
) -> Iterator[FieldError]:
    if not 1 <= rule.amount_minor <= MAX_MINOR:
        yield FieldError(f"{path}.amount_minor", "not_positive", "The amount must be above zero.")
    if rule.currency not in currencies:
        message = f"No price of the plan is in {rule.currency}; there are {', '.join(sorted(currencies))}."
        yield FieldError(f"{path}.currency", "currency_unknown", message)


def _missing(
    name: str, rules: Sequence[CommitmentTerms | ThresholdTerms], currencies: Collection[str]
) -> Iterator[FieldError]:
    """A rule holds for every customer of a plan, in whatever currency it is billed."""
    missing = sorted(set(currencies) - {rule.currency for rule in rules})
    if rules and missing:
        message = f"Say it in {', '.join(missing)} too, which the plan is sold in."
        yield FieldError(name, "currency_missing", message)
