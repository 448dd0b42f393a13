"""Price lists of the simulation, published in the real catalog."""

from __future__ import annotations

from typing import Any

from apps.plans.enums import BillingTiming, ChargeModel, QuantitySource
from apps.plans.models import Meter
from tests.factories.plans import make_plan
from tests.simulation.catalog import Fee, Plan

SOURCES = {
    "flat": QuantitySource.FIXED,
    "seats": QuantitySource.SEATS,
    "metered": QuantitySource.METER,
}


def publish(plan: Plan, currency: str, meters: dict[str, Meter], *, prefix: str) -> None:
    policies = {} if plan.prorates else {"proration_unit": "none"}
    if plan.credits_end:
        policies["termination_credit"] = "account_credit"
    make_plan(
        code=f"{prefix}-{plan.code}",
        prices=[_price(fee, currency, meters) for fee in plan.fees],
        version={"alignment": "calendar" if plan.calendar else "anniversary", "policies": policies},
    )


def _price(fee: Fee, currency: str, meters: dict[str, Meter]) -> dict[str, Any]:
    model, parameters = _model(fee)
    return {
        "code": fee.code,
        "name": fee.code,
        "currency": currency,
        "model": model,
        "parameters": parameters,
        "quantity_source": SOURCES[fee.source],
        "meter": meters[fee.meter] if fee.meter else None,
        "interval": fee.cadence[0],
        "interval_count": fee.cadence[1],
        "timing": BillingTiming.IN_ADVANCE if fee.in_advance else BillingTiming.IN_ARREARS,
    }


def _model(fee: Fee) -> tuple[ChargeModel, dict[str, Any]]:
    if fee.source == "flat":
        return ChargeModel.FLAT, {"amount": fee.amount}
    if fee.model == "graduated":
        tiers = [{"up_to": up_to and str(up_to), "unit_amount": amount} for up_to, amount in fee.tiers]
        return ChargeModel.GRADUATED, {"tiers": tiers}
    if fee.model == "package":
        return ChargeModel.PACKAGE, {"package_size": str(fee.size), "amount": fee.amount}
    return ChargeModel.PER_UNIT, {"unit_amount": fee.amount}
