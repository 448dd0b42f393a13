"""The rules of a plan in a catalog file: policies, minimum commitment, usage thresholds."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from apps.billing.catalog_file.nodes import Entry
from apps.plans.terms import COMMITMENT_NAME, CommitmentTerms, ThresholdTerms
from apps.pricing.currencies import exponent
from apps.pricing.errors import PricingError
from apps.pricing.money import Money
from apps.pricing.rounding import Rounding

_AMOUNT = re.compile(r"\d{1,15}(\.\d{1,6})?", re.ASCII)


def policies_in(plan: Entry) -> dict[str, str]:
    """The policies that differ from the defaults, by name."""
    policies = plan.entry("policies")
    return {name: policies.text(name) for name, _ in policies.values()}


def commitments_in(plan: Entry) -> tuple[CommitmentTerms, ...]:
    if not plan.has("commitment"):
        return ()
    entry = plan.entry("commitment")
    entry.only(("name", "amounts"))
    if not entry.has("amounts"):
        entry.refuse("amounts", "missing", "A commitment needs an amount in each currency of the plan.")
    name = entry.text("name", COMMITMENT_NAME)
    return tuple(CommitmentTerms(*amount, name) for amount in sorted(_amounts(entry.entry("amounts"))))


def thresholds_in(plan: Entry) -> tuple[ThresholdTerms, ...]:
    """Each entry of the list holds one threshold in several currencies."""
    once = [amount for entry in plan.entries("thresholds") for amount in _amounts(entry)]
    recurring = list(_amounts(plan.entry("recurring_threshold")))
    terms = [ThresholdTerms(*amount) for amount in once]
    terms += [ThresholdTerms(*amount, is_recurring=True) for amount in recurring]
    return tuple(sorted(terms, key=lambda rule: (rule.currency, rule.is_recurring, rule.amount_minor)))


def _amounts(entry: Entry) -> Iterator[tuple[str, int]]:
    """Minor units by currency, of amounts that are written in major units."""
    for currency, text in entry.values():
        if not isinstance(text, str) or not _AMOUNT.fullmatch(text):
            entry.refuse(currency, "not_an_amount", "This must be an amount such as 100 or 99.50.")
            continue
        try:
            yield currency, Money.from_exact(Decimal(text), currency, Rounding.NONE).minor
        except PricingError:
            message = _unfit(currency)
            entry.refuse(currency, "not_an_amount", message)


def _unfit(currency: str) -> str:
    try:
        return f"An amount in {currency} has at most {exponent(currency)} decimals."
    except PricingError:
        return f"There is no currency '{currency}'."
