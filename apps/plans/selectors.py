"""Reads of the catalog. What a brand may not sell is not there for it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TypeVar

from django.conf import settings
from django.db.models import Prefetch, Q, QuerySet
from django.utils.module_loading import import_string

from apps.plans.enums import VersionStatus
from apps.plans.errors import CatalogEntryNotFound, PlanNotFound, PriceUnavailable
from apps.plans.models import (
    Meter,
    MinimumCommitment,
    Plan,
    PlanVersion,
    Price,
    Product,
    UsageThreshold,
)
from apps.plans.terms import (
    CommitmentTerms,
    PriceTerms,
    ThresholdTerms,
    VersionTerms,
    canonical_parameters,
)

RULES = ("commitments", "thresholds")
Rule = TypeVar("Rule", MinimumCommitment, UsageThreshold)


def tax_codes() -> list[str]:
    """The tax codes in use: of products, of prices, and those that `settings.TAX_CODES` tells of."""
    own = Product.objects.values_list("tax_code").union(Price.objects.values_list("tax_code"))
    tables = (import_string(path)() for path in settings.TAX_CODES)
    return sorted({code for (code,) in own if code}.union(*tables))


def plans_of_brand(*, brand_id: int) -> QuerySet[Plan]:
    """Plans that this brand may sell, archived ones too, each with its product."""
    # A subquery, not a join: a plan of three brands must not come three times.
    allowed = Plan.objects.filter(Q(brands=None) | Q(brands=brand_id)).values("pk")
    return Plan.objects.filter(pk__in=allowed).select_related("product")


def published_version(*, plan_code: str, brand_id: int) -> PlanVersion:
    """The newest published version of a plan that may be bought from this brand.

    Raises:
        PlanNotFound: no such plan, archived, of other brands only, or never published (404).
    """
    version = (
        PlanVersion.objects.select_related("plan__product", "trial_end_plan")
        .filter(
            plan__in=plans_of_brand(brand_id=brand_id).filter(code=plan_code, archived_at=None),
            status=VersionStatus.PUBLISHED,
        )
        .order_by("-number")
        .first()
    )
    if version is None:
        raise PlanNotFound(f"There is no plan '{plan_code}' on sale.", field="plan")
    return version


def prices_of(version: PlanVersion, currency: str) -> list[Price]:
    """The prices of a version in one currency, in their order, with meters.

    Raises:
        PriceUnavailable: it has none in that currency (422).
    """
    prices = list(version.prices.select_related("meter").filter(currency=currency))
    if not prices:
        raise PriceUnavailable(f"This plan is not sold in {currency}.", field="currency")
    return prices


def commitment_of(version: PlanVersion, currency: str) -> MinimumCommitment | None:
    """What a subscriber of a version pays at least in a billing period; None where there is no minimum."""
    return next((row for row in _rules(MinimumCommitment, version) if row.currency == currency), None)


def thresholds_of(version: PlanVersion, currency: str) -> list[UsageThreshold]:
    """The amounts of usage at which a subscriber of a version is billed at once, the lowest first."""
    return [row for row in _rules(UsageThreshold, version) if row.currency == currency]


def _rules(kind: type[Rule], version: PlanVersion) -> tuple[Rule, ...]:
    if version.status == VersionStatus.PUBLISHED:
        # Frozen with the version, so they are read once; its public id is no other version's, ever.
        return _published_rules(kind, version.public_id)
    return _stored_rules(kind, version.public_id)


def _stored_rules(kind: type[Rule], version: str) -> tuple[Rule, ...]:
    return tuple(kind._default_manager.filter(version__public_id=version))


_published_rules = lru_cache(maxsize=2048)(_stored_rules)


def public_plans(*, brand_id: int) -> list[PlanVersion]:
    """The pricing page: newest published version of each public plan, in order, prices, meters and
    commitments loaded."""
    plans = plans_of_brand(brand_id=brand_id).filter(is_public=True, archived_at=None)
    newest = (
        PlanVersion.objects.filter(plan__in=plans, status=VersionStatus.PUBLISHED)
        .select_related("plan__product")
        .prefetch_related(prices_with_meters(), "commitments")
        .order_by("plan_id", "-number")
        .distinct("plan_id")
    )
    return sorted(newest, key=lambda version: (version.plan.position, version.plan_id))


def newest_published(plans: Sequence[Plan]) -> dict[int, PlanVersion]:
    """Newest published version by plan id, prices and meters loaded: two queries for any number of plans."""
    versions = (
        PlanVersion.objects.filter(plan__in=plans, status=VersionStatus.PUBLISHED)
        .select_related("trial_end_plan")
        .prefetch_related(prices_with_meters(), *RULES)
        .order_by("plan_id", "-number")
        .distinct("plan_id")
    )
    return {version.plan_id: version for version in versions}


def prices_with_meters() -> Prefetch[str, QuerySet[Price], str]:
    return Prefetch("prices", Price.objects.select_related("meter"))


def get_product(*, reference: str) -> Product:
    """The product with this public id or code.

    Raises:
        CatalogEntryNotFound: none (404).
    """
    product = Product.objects.filter(Q(public_id=reference) | Q(code=reference)).first()
    if product is None:
        raise CatalogEntryNotFound(f"There is no product '{reference}'.", field="product")
    return product


def get_meter(*, reference: str) -> Meter:
    """The meter with this public id or code.

    Raises:
        CatalogEntryNotFound: none (404).
    """
    meter = Meter.objects.filter(Q(public_id=reference) | Q(code=reference)).first()
    if meter is None:
        raise CatalogEntryNotFound(f"There is no meter '{reference}'.", field="meter")
    return meter


def get_plan(*, reference: str, brand_id: int) -> Plan:
    """The plan with this public id or code, on sale or not.

    Raises:
        PlanNotFound: none that this brand may sell (404).
    """
    named = Q(public_id=reference) | Q(code=reference)
    plan = plans_of_brand(brand_id=brand_id).filter(named).first()
    if plan is None:
        raise PlanNotFound(f"There is no plan '{reference}'.", field="plan")
    return plan


def get_version(*, plan: Plan, number: int) -> PlanVersion:
    """One version of a plan, with prices and meters loaded.

    Raises:
        CatalogEntryNotFound: none of that number (404).
    """
    version = (
        plan.versions.select_related("plan", "trial_end_plan")
        .prefetch_related(prices_with_meters(), *RULES)
        .filter(number=number)
        .first()
    )
    if version is None:
        raise CatalogEntryNotFound(f"'{plan.code}' has no version {number}.", field="version")
    return version


def prices_of_brand(*, brand_id: int) -> QuerySet[Price]:
    """Prices of every version of the plans that this brand may sell, with plan and meter."""
    plans = plans_of_brand(brand_id=brand_id)
    return Price.objects.filter(version__plan__in=plans).select_related("version__plan", "meter")


def get_price(*, reference: str, brand_id: int) -> Price:
    """The price with this public id.

    Raises:
        CatalogEntryNotFound: none of a plan that this brand may sell (404).
    """
    price = prices_of_brand(brand_id=brand_id).filter(public_id=reference).first()
    if price is None:
        raise CatalogEntryNotFound(f"There is no price '{reference}'.", field="price")
    return price


def terms_of(version: PlanVersion) -> VersionTerms:
    """What a stored version says, as plain values; the currencies of one price stand together."""
    prices = list(version.prices.select_related("meter").order_by("position", "id"))
    place = {code: n for n, code in enumerate(dict.fromkeys(price.code for price in prices))}
    prices.sort(key=lambda price: place[price.code])
    fallback = version.trial_end_plan
    return VersionTerms(
        prices=tuple(_price_terms(price) for price in prices),
        alignment=version.alignment,
        trial_days=version.trial_days,
        trial_requires_card=version.trial_requires_card,
        trial_end=version.trial_end,
        trial_end_plan=None if fallback is None else fallback.code,
        highlights=tuple(version.highlights),
        policies=dict(version.policies),
        commitments=tuple(
            CommitmentTerms(row.currency, row.amount_minor, row.name) for row in version.commitments.all()
        ),
        thresholds=tuple(
            ThresholdTerms(row.currency, row.amount_minor, row.is_recurring)
            for row in version.thresholds.all()
        ),
    )


def _price_terms(price: Price) -> PriceTerms:
    return PriceTerms(
        code=price.code,
        name=price.name,
        currency=price.currency,
        parameters=canonical_parameters(price.parameters),
        model=price.model,
        quantity_source=price.quantity_source,
        meter=None if price.meter is None else price.meter.code,
        interval=price.interval,
        interval_count=price.interval_count,
        timing=price.timing,
        usage_proration=price.usage_proration,
        prorated=price.prorated,
        tax_behavior=price.tax_behavior,
        tax_code=price.tax_code,
    )
