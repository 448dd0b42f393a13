"""Rules of plans and meters that a catalog file does not hold: set on drafts before they are published."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from apps.plans.enums import VersionStatus
from apps.plans.models import Meter, MinimumCommitment, PlanVersion, Price, UsageThreshold
from apps.plans.services.publish_version import publish_version
from apps.pricing.money import Money


@dataclass(frozen=True, slots=True)
class PlanRules:
    """What one plan says: policies, a commitment and thresholds in major units, columns of its prices."""

    policies: Mapping[str, str] = field(default_factory=dict)
    commitment: Decimal | None = None
    thresholds: tuple[tuple[Decimal, bool], ...] = ()
    """Amounts, and whether each recurs."""
    prices: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CatalogRules:
    """Rules by the codes of plans and meters."""

    plans: Mapping[str, PlanRules] = field(default_factory=dict)
    meters: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


@transaction.atomic
def lay_down_rules(*, rules: CatalogRules, currency: str, at: datetime) -> None:
    """Give drafts their rules and publish them."""
    for code, columns in rules.meters.items():
        Meter.objects.filter(code=code).update(**columns)
    for code, plan in rules.plans.items():
        version = PlanVersion.objects.get(plan__code=code, status=VersionStatus.DRAFT)
        _lay_down(version, plan, currency)
        publish_version(version_id=version.pk, at=at)


def _lay_down(version: PlanVersion, plan: PlanRules, currency: str) -> None:
    version.policies = dict(plan.policies)
    version.save(update_fields=["policies"])
    for code, columns in plan.prices.items():
        Price.objects.filter(version=version, code=code).update(**columns)
    if plan.commitment is not None:
        minor = Money.from_exact(plan.commitment, currency).minor
        MinimumCommitment.objects.create(version=version, currency=currency, amount_minor=minor)
    for amount, is_recurring in plan.thresholds:
        minor = Money.from_exact(amount, currency).minor
        UsageThreshold.objects.create(
            version=version, currency=currency, amount_minor=minor, is_recurring=is_recurring
        )
