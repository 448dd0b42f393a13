"""Catalog rows, made directly: for tests whose subject is something else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import count
from typing import Any

from apps.plans.enums import (
    Aggregation,
    BillingTiming,
    ChargeModel,
    QuantitySource,
    VersionStatus,
)
from apps.plans.models import Meter, Plan, PlanVersion, Price, Product
from tests.factories.customers import MADE_AT

_number = count(1)

PriceFields = Mapping[str, Any]


def make_product(**overrides: Any) -> Product:
    number = next(_number)
    values = {"code": f"product-{number}", "name": f"Product {number}", "created_at": MADE_AT}
    return Product.objects.create(**values | overrides)


def make_meter(**overrides: Any) -> Meter:
    """A meter that counts events named like its code, unless told otherwise."""
    code = overrides.pop("code", f"meter-{next(_number)}")
    values = {
        "name": code.replace("-", " ").capitalize(),
        "event_name": code,
        "aggregation": Aggregation.COUNT,
        "created_at": MADE_AT,
    }
    return Meter.objects.create(code=code, **values | overrides)


def flat_price(amount: str = "29.00", currency: str = "EUR", **overrides: Any) -> dict[str, Any]:
    """Fields of a fee per period, in advance, monthly; `amount` in major units."""
    values = {
        "code": "base",
        "name": "Base fee",
        "currency": currency,
        "model": ChargeModel.FLAT,
        "parameters": {"amount": amount},
    }
    return values | overrides


def seat_price(unit_amount: str = "12.00", currency: str = "EUR", **overrides: Any) -> dict[str, Any]:
    """Fields of a price per seat, in advance, monthly."""
    values = {
        "code": "seats",
        "name": "Seats",
        "currency": currency,
        "model": ChargeModel.PER_UNIT,
        "parameters": {"unit_amount": unit_amount},
        "quantity_source": QuantitySource.SEATS,
    }
    return values | overrides


def metered_price(
    meter: Meter, currency: str = "EUR", *, unit_amount: str = "0.01", **overrides: Any
) -> dict[str, Any]:
    """Fields of a price per unit of a meter, in arrears, monthly; tiers are given as overrides."""
    values = {
        "code": meter.code,
        "name": meter.name,
        "currency": currency,
        "model": ChargeModel.PER_UNIT,
        "parameters": {"unit_amount": unit_amount},
        "quantity_source": QuantitySource.METER,
        "meter": meter,
        "timing": BillingTiming.IN_ARREARS,
    }
    return values | overrides


def unrateable_price() -> tuple[Meter, dict[str, Any]]:
    """A metered price that has no amount while its sum of `n` is below zero, with its meter."""
    meter = make_meter(aggregation=Aggregation.SUM, value_property="n")
    parameters = {"unit_amount": "0.01", "negative_quantity": "error"}
    return meter, metered_price(meter, parameters=parameters)


def make_plan_version(
    *,
    plan: Plan | None = None,
    prices: Sequence[PriceFields] | None = None,
    published: bool = True,
    **overrides: Any,
) -> PlanVersion:
    """The next version of a plan (or of a new one) with these prices, EUR 29.00 a month for None."""
    plan = plan or make_plan_row()
    values = {"number": plan.versions.count() + 1, "created_at": MADE_AT}
    version = PlanVersion.objects.create(plan=plan, **values | overrides)
    for position, fields in enumerate([flat_price()] if prices is None else prices):
        Price.objects.create(version=version, **{"position": position} | dict(fields))
    if published:
        # The database freezes prices with their version: publish last.
        version.status, version.published_at = VersionStatus.PUBLISHED, MADE_AT
        version.save(update_fields=["status", "published_at"])
    return version


def make_plan_row(**overrides: Any) -> Plan:
    """A plan without any version."""
    number = next(_number)
    values = {"code": f"plan-{number}", "name": f"Plan {number}", "created_at": MADE_AT}
    product = overrides.pop("product", None) or make_product()
    return Plan.objects.create(product=product, **values | overrides)


def make_plan(
    *,
    prices: Sequence[PriceFields] | None = None,
    published: bool = True,
    version: Mapping[str, Any] | None = None,
    **overrides: Any,
) -> Plan:
    """A plan with one version, published unless told otherwise; `version` holds fields of that version."""
    plan = make_plan_row(**overrides)
    make_plan_version(plan=plan, prices=prices, published=published, **version or {})
    return plan


def make_free_plan(currency: str = "EUR", **overrides: Any) -> Plan:
    """A published plan that costs nothing."""
    values: dict[str, Any] = {
        "code": "free",
        "name": "Free",
        "is_free": True,
        "prices": [flat_price("0", currency)],
    }
    return make_plan(**values | overrides)
