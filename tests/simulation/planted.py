"""Bugs that are planted into the product, to see that the simulation finds them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from copy import copy
from dataclasses import replace
from typing import Any

import pytest

from apps.billing.services.run import fee_in_advance
from apps.billing.services.usage import rate_again
from apps.customers.models import Customer
from apps.invoices.models import InvoiceLine
from apps.pricing.charge import Charge, charge_parts
from apps.pricing.periods.cadence import Cadence
from apps.pricing.periods.schedule import Schedule
from apps.pricing.plan_change import BilledPeriod
from apps.rating.services import rate_unused
from apps.rating.services.rate import rate_period
from apps.rating.services.rate_early_usage import BilledSoFar
from apps.subscriptions.models import Phase, SubscriptionItem, SubscriptionPeriod
from apps.subscriptions.schedule import phase_schedule
from apps.subscriptions.services import open_periods


def credit_from_the_billed_part(planted: pytest.MonkeyPatch) -> None:
    """The unused share of a partial first period is counted of that part, not of the whole period."""

    def of_the_part(**fields: Any) -> BilledPeriod:
        return BilledPeriod(**{**fields, "full": fields["period"]})

    planted.setattr(rate_unused, "BilledPeriod", of_the_part)


def late_usage_twice(planted: pytest.MonkeyPatch) -> None:
    """What was billed late is forgotten when more usage comes late for the same period."""
    billed = rate_again.billed_by

    def without_late(lines: Collection[InvoiceLine], corrected: Mapping[int, int]) -> BilledSoFar:
        first = [line for line in lines if charge_parts(line.charge_key)[2] == 0]
        forgotten = billed(first or list(lines), corrected)
        return replace(billed(list(lines), corrected), amount_minor=forgotten.amount_minor)

    planted.setattr(rate_again, "billed_by", without_late)


def zone_at_once(planted: pytest.MonkeyPatch) -> None:
    """Periods follow the customer's zone as soon as it changes, not the zone of their anchor."""

    def here(phase: Phase, cadence: Cadence) -> Schedule:
        moved = copy(phase)
        customer = Customer.objects.get(pk=phase.subscription.customer_id)
        moved.anchor_zone = customer.time_zone
        return phase_schedule(moved, cadence)

    planted.setattr(open_periods, "phase_schedule", here)


def paused_days_charged(planted: pytest.MonkeyPatch) -> None:
    """The first fee after a pause is that of the whole period, with the days of the pause."""

    def whole(*, item: SubscriptionItem, period: SubscriptionPeriod, **limits: Any) -> list[Charge]:
        phases = period.phase.subscription.phases
        before = phases.filter(starts_at__lt=period.phase.starts_at).order_by("starts_at").last()
        paused = before is not None and before.ends_at is not None and before.ends_at < period.phase.starts_at
        if paused and period.starts_at == period.phase.starts_at and "starts_at" in limits:
            limits["starts_at"] = period.full_starts_at
        return rate_period(item=item, period=period, **limits)

    planted.setattr(fee_in_advance, "rate_period", whole)


PLANTED: tuple[Callable[[pytest.MonkeyPatch], None], ...] = (
    credit_from_the_billed_part,
    late_usage_twice,
    zone_at_once,
    paused_days_charged,
)
