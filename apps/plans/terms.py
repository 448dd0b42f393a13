"""The terms of a plan version as plain values: what the API, the admin and catalog files all speak."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from apps.plans.enums import (
    BillingTiming,
    ChargeModel,
    Interval,
    PeriodAlignment,
    QuantitySource,
    TaxBehavior,
    TrialEnd,
    UsageProration,
)

COMMITMENT_NAME = "Minimum commitment"


@dataclass(frozen=True, slots=True)
class PriceTerms:
    """One price in one currency. `parameters` in major units, `meter` is a code; choices are unchecked.

    An empty `tax_code` is the product's.
    """

    code: str
    name: str
    currency: str
    parameters: Mapping[str, Any]
    model: str = ChargeModel.FLAT
    quantity_source: str = QuantitySource.FIXED
    meter: str | None = None
    interval: str = Interval.MONTH
    interval_count: int = 1
    timing: str = BillingTiming.IN_ADVANCE
    usage_proration: str = UsageProration.NONE
    prorated: bool = True
    tax_behavior: str = TaxBehavior.EXCLUSIVE
    tax_code: str = ""


@dataclass(frozen=True, slots=True)
class CommitmentTerms:
    """What a subscriber pays at least for a billing period, in minor units of one currency."""

    currency: str
    amount_minor: int
    name: str = COMMITMENT_NAME


@dataclass(frozen=True, slots=True)
class ThresholdTerms:
    """An amount of usage, in minor units of one currency, at which a subscriber is billed at once."""

    currency: str
    amount_minor: int
    is_recurring: bool = False


@dataclass(frozen=True, slots=True)
class VersionTerms:
    """What a version says besides its number: prices in their order, alignment, trial, bullets, rules.

    `trial_end_plan` is the code of the free plan that an unpaid trial falls back to. `policies` are those
    that differ from the defaults, by name; see `policies.py`.
    """

    prices: tuple[PriceTerms, ...]
    alignment: str = PeriodAlignment.ANNIVERSARY
    trial_days: int = 0
    trial_requires_card: bool = False
    trial_end: str = TrialEnd.CONVERT
    trial_end_plan: str | None = None
    highlights: tuple[str, ...] = field(default=())
    policies: Mapping[str, str] = field(default_factory=dict)
    commitments: tuple[CommitmentTerms, ...] = ()
    thresholds: tuple[ThresholdTerms, ...] = ()

    @property
    def currencies(self) -> frozenset[str]:
        return frozenset(price.currency for price in self.prices)


def canonical_parameters(value: Any) -> Any:
    """The same parameters with whole numbers as strings: 100 and "100" are one price, however it was typed.

    Floats stay what they are, so that pricing refuses them.
    """
    if isinstance(value, Mapping):
        return {key: canonical_parameters(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [canonical_parameters(inner) for inner in value]
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value
