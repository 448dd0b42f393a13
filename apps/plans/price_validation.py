"""What makes a price sellable by itself; `validation` judges it among the other terms of its version."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from apps.core.errors import FieldError
from apps.plans.enums import BillingTiming, ChargeModel, Interval, QuantitySource, TaxBehavior, UsageProration
from apps.plans.terms import PriceTerms
from apps.pricing.charge_models.base import ChargeModel as PricingModel
from apps.pricing.charge_price import parse_price
from apps.pricing.errors import PricingError

CODE = re.compile(r"[A-Za-z0-9_-]{1,60}")
TAX_CODE = re.compile(r"[A-Za-z0-9_.-]{1,40}")
MAX_INTERVAL_COUNT = 100
_AMOUNT_KEYS = frozenset(
    {
        *("amount", "unit_amount", "flat_amount", "block_amount", "base_amount", "minimum_amount"),
        *("rate_percent", "fixed_fee_per_event", "per_event_min", "multiplier"),
    }
)


def price_faults(
    price: PriceTerms, *, path: str, is_free: bool, meters: Collection[str]
) -> Iterator[FieldError]:
    """The faults of one price alone."""
    if not CODE.fullmatch(price.code):
        yield FieldError(f"{path}.code", "invalid_code", "A code has letters, digits, - and _ only.")
    if not 1 <= len(price.name.strip()) <= 120:
        yield FieldError(f"{path}.name", "invalid_name", "A price has a name of 1 to 120 characters.")
    yield from _model_faults(price, path, is_free=is_free)
    yield from _quantity_faults(price, path, meters)
    yield from _cadence_faults(price, path)
    yield from _tax_faults(price, path)


def _model_faults(price: PriceTerms, path: str, *, is_free: bool) -> Iterator[FieldError]:
    try:
        parsed = parse_price(model=price.model, parameters=price.parameters, currency=price.currency)
    except PricingError as error:
        yield FieldError(_pricing_path(path, error.field), error.code, f"{error.message}.")
        return
    yield from _usage_faults(price, parsed.model, path)
    if is_free:
        # A dynamic price without a multiplier takes the events' prices as they are.
        implied = {"multiplier": "1"} if price.model == ChargeModel.DYNAMIC else {}
        for inner in _amounts_above_zero(implied | dict(price.parameters), f"{path}.parameters"):
            yield FieldError(inner, "not_zero", "Every price of a free plan is zero.")


def _usage_faults(price: PriceTerms, model: PricingModel, path: str) -> Iterator[FieldError]:
    """Faults of a model that does not fit what is counted, or when it is billed."""
    metered = price.quantity_source == QuantitySource.METER
    if model.reads and not metered:
        message = "This model prices single events: the quantity must come from a meter."
        yield FieldError(f"{path}.model", "needs_meter", message)
    if metered and price.timing == BillingTiming.IN_ADVANCE:
        if price.model in {ChargeModel.VOLUME, ChargeModel.VOLUME_BLOCKS}:
            message = "The tier of a volume price is known at the end of the period: bill it in arrears."
            yield FieldError(f"{path}.timing", "known_at_period_end", message)
        if price.parameters.get("minimum_amount") is not None:
            message = "What is missing to a minimum is known at the end of the period: bill it in arrears."
            yield FieldError(f"{path}.parameters.minimum_amount", "known_at_period_end", message)
    if price.usage_proration == UsageProration.ACTIVE_DAYS and not (metered and model.weighs):
        message = "Only a meter's units per unit, graduated or volume can be weighted by active days."
        yield FieldError(f"{path}.usage_proration", "unfit_choice", message)


def _pricing_path(path: str, field: str) -> str:
    if field in {"model", "currency"}:
        return f"{path}.{field}"
    return f"{path}.parameters.{field}" if field else f"{path}.parameters"


def _amounts_above_zero(value: Any, path: str) -> Iterator[str]:
    """Paths of the amounts that cost something, in parameters that were parsed without fault."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if key not in _AMOUNT_KEYS:
                yield from _amounts_above_zero(inner, f"{path}.{key}")
            elif Decimal(str(inner)) > 0:
                yield f"{path}.{key}"
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for index, inner in enumerate(value):
            yield from _amounts_above_zero(inner, f"{path}[{index}]")


def _quantity_faults(price: PriceTerms, path: str, meters: Collection[str]) -> Iterator[FieldError]:
    if price.quantity_source not in QuantitySource.values:
        yield unknown_choice(f"{path}.quantity_source", price.quantity_source, QuantitySource.values)
        return
    metered = price.quantity_source == QuantitySource.METER
    if metered and price.meter is None:
        yield FieldError(f"{path}.meter", "missing", "A metered price names its meter.")
    if not metered and price.meter is not None:
        yield FieldError(f"{path}.meter", "not_metered", "Only a metered price has a meter.")
    if price.meter is not None and price.meter not in meters:
        yield FieldError(f"{path}.meter", "unknown_meter", f"There is no meter '{price.meter}'.")


def _cadence_faults(price: PriceTerms, path: str) -> Iterator[FieldError]:
    if price.interval not in Interval.values:
        yield unknown_choice(f"{path}.interval", price.interval, Interval.values)
    if not 1 <= price.interval_count <= MAX_INTERVAL_COUNT:
        message = f"interval_count is a whole number from 1 to {MAX_INTERVAL_COUNT}."
        yield FieldError(f"{path}.interval_count", "out_of_range", message)
    if price.timing not in BillingTiming.values:
        yield unknown_choice(f"{path}.timing", price.timing, BillingTiming.values)
    if not price.prorated and price.quantity_source == QuantitySource.METER:
        message = "Usage is never prorated by the period: leave this on."
        yield FieldError(f"{path}.prorated", "unfit_choice", message)
    if price.usage_proration not in UsageProration.values:
        yield unknown_choice(f"{path}.usage_proration", price.usage_proration, UsageProration.values)


def _tax_faults(price: PriceTerms, path: str) -> Iterator[FieldError]:
    if price.tax_behavior not in TaxBehavior.values:
        yield unknown_choice(f"{path}.tax_behavior", price.tax_behavior, TaxBehavior.values)
    if price.tax_code:
        yield from tax_code_faults(f"{path}.tax_code", price.tax_code)


def tax_code_faults(path: str, tax_code: str) -> Iterator[FieldError]:
    """The fault of a text that cannot be a tax code; whether a table knows it is asked when it is sold."""
    if not TAX_CODE.fullmatch(tax_code):
        message = "A tax code has up to 40 letters, digits, -, _ and . only."
        yield FieldError(path, "invalid_tax_code", message)


def unknown_choice(path: str, value: object, offered: Collection[str]) -> FieldError:
    """The fault of a value that is not among those offered."""
    return FieldError(path, "unknown_choice", f"'{value}' is not one of {', '.join(offered)}.")
